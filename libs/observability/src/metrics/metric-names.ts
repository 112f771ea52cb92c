/** What is known of a metric before it has a value. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, seconds. */
  readonly buckets?: readonly number[];
}

const RUN_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600];
const WAIT_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];
const SCRIPT_SECONDS = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/**
 * Every metric of the project: the only place where a metric is named. docs/metrics.md explains each; a spec holds the
 * two equal. Process metrics of prom-client come on top.
 */
export const METRICS = {
  // Counters of jobs: they add up (docs/metrics.md).
  produced: counter('jobs_produced_total', 'Jobs that this process stored', ['queue']),
  consumed: counter('jobs_consumed_total', 'Runs that this process started', ['queue']),
  completed: counter('jobs_completed_total', 'Runs that ended well', ['queue']),
  failed: counter('jobs_failed_total', 'Failed attempts', ['queue', 'reason']),
  retried: counter('jobs_retried_total', 'Failed attempts that will be tried again', ['queue']),
  dead: counter('jobs_dead_letter_total', 'Jobs that went to the dead letter queue', ['queue', 'reason']),
  snoozed: counter('jobs_snoozed_total', 'Runs that were postponed without using an attempt', ['queue', 'reason']),
  released: counter('jobs_released_total', 'Runs that a drain gave back without using an attempt', ['queue']),
  recovered: counter('jobs_recovered_total', 'Jobs that this process took over from a lost worker', ['queue']),
  duplicate: counter('jobs_duplicate_total', 'Enqueues that stored nothing because the job was there before', [
    'queue',
  ]),
  leaseLost: counter('lease_lost_total', 'Runs whose lease or claim was lost; their outcome counts for nothing', [
    'queue',
  ]),

  // Counters of everything else.
  breakerTrips: counter('circuit_breaker_trips_total', 'Circuit breakers that opened, as this process heard', []),
  rateLimitHits: counter('rate_limit_hits_total', 'Times the rate limit held something back', []),
  enqueueRefused: counter('enqueue_refused_total', 'Jobs that were not stored, or whose fate is unknown', ['reason']),

  httpRequests: counter('http_requests_total', 'Requests that the ingest listener answered', ['route', 'code']),

  // Histograms.
  processing: histogram(
    'job_processing_duration_seconds',
    'Length of a run',
    ['queue', 'kind', 'outcome'],
    RUN_SECONDS,
  ),
  wait: histogram('job_wait_duration_seconds', 'From being due to the start of the run', ['queue'], WAIT_SECONDS),
  script: histogram('redis_script_duration_seconds', 'Round trip of a script call', ['script'], SCRIPT_SECONDS),
  httpDuration: histogram(
    'http_request_duration_seconds',
    'From the headers to the end of the answer',
    ['route'],
    RUN_SECONDS,
  ),

  // Gauges of this process.
  workerActive: gauge('worker_active', 'Jobs running now in this process', []),
  workerSlots: gauge('worker_slots', 'Jobs that this process runs at once', []),
  workerDraining: gauge('worker_draining', '1 while this worker drains', []),
  workerStalled: gauge(
    'worker_stalled',
    '1 while this worker claims nothing although jobs are ready and slots are free',
    [],
  ),
  workerLastStartAge: gauge('worker_last_start_age_seconds', 'Since a job last started, or all slots were taken', []),
  breakerState: gauge('circuit_breaker_state', '0 closed, 1 half-open, 2 open: the worst kind', []),
  breakerKindState: gauge('circuit_breaker_kind_state', '0 closed, 1 half-open, 2 open', ['kind']),
  redisUp: gauge('redis_up', '1 when Redis answered the last check, at most a few seconds ago', []),
  buildInfo: gauge('build_info', 'Always 1; version and commit of this process', ['version', 'revision']),

  // Gauges of Redis: every app reports the same facts, so aggregate with max. Gone while Redis is away.
  queueLength: gauge('queue_length', 'Jobs ready to run, quarantine and parked ones included', ['queue']),
  queueOldestAge: gauge('queue_oldest_job_age_seconds', 'For how long the oldest due job has been due; 0: none', [
    'queue',
  ]),
  scheduledLength: gauge('scheduled_length', 'Jobs that wait for their time', []),
  scheduledOverdue: gauge('scheduled_overdue', 'Jobs whose time has come but that are not ready yet', []),
  processingLength: gauge('processing_length', 'Jobs held by workers', []),
  processingOldestAge: gauge('processing_oldest_age_seconds', 'Age of the oldest claim; 0: none', []),
  deadLength: gauge('dead_letter_length', 'Jobs in the dead letter queue', []),
  deadOldestAge: gauge('dead_letter_oldest_age_seconds', 'For how long the oldest dead job has been dead; 0: none', []),
  workersRegistered: gauge('workers_registered', 'Worker processes that hold a lease', []),
  memoryUsed: gauge('redis_memory_used_bytes', 'Memory that Redis uses', []),
  memoryMax: gauge('redis_memory_max_bytes', 'Memory that Redis may use; 0: no limit', []),
} as const satisfies Record<string, MetricDefinition>;

function counter<const L extends readonly string[]>(name: string, help: string, labels: L) {
  return { name, type: 'counter', help, labels } as const;
}

function gauge<const L extends readonly string[]>(name: string, help: string, labels: L) {
  return { name, type: 'gauge', help, labels } as const;
}

function histogram<const L extends readonly string[]>(
  name: string,
  help: string,
  labels: L,
  buckets: readonly number[],
) {
  return { name, type: 'histogram', help, labels, buckets } as const;
}
