import { dashboard, lines, query, stat, table, type Row } from './panels.js';

// Every app tells the gauges of Redis: max, never sum. Counters and gauges of a process are added up, but for the trips of
// breakers, which all workers share: max as well.
const NS = 'namespace=~"$namespace"';
const gauge = (metric: string) => `max(${metric}{${NS}})`;
const gaugeBy = (label: string, metric: string) => `max by (${label}) (${metric}{${NS}})`;
const sumOf = (metric: string) => `sum(${metric}{${NS}})`;
const perSecond = (metric: string) => `sum(rate(${metric}{${NS}}[$__rate_interval]))`;
const perSecondBy = (label: string, metric: string) => `sum by (${label}) (rate(${metric}{${NS}}[$__rate_interval]))`;
const quantile = (q: number, metric: string) =>
  `histogram_quantile(${q}, sum by (le) (rate(${metric}_bucket{${NS}}[$__rate_interval])))`;
const quantileBy = (label: string, q: number, metric: string) =>
  `histogram_quantile(${q}, sum by (${label}, le) (rate(${metric}_bucket{${NS}}[$__rate_interval])))`;

const now: Row = {
  title: 'Now',
  panels: [
    stat(
      'Oldest job that is due',
      'The number to watch: for how long the next job has been waiting to start. It rises before anything else does.',
      's',
      query('age', gauge('queue_oldest_job_age_seconds')),
      { warnFrom: 30, alarmFrom: 120 },
    ),
    stat('Ready', 'Jobs that could start now.', 'short', query('jobs', `sum(${gaugeBy('queue', 'queue_length')})`)),
    stat(
      'Slots in use',
      'Jobs that run now, as a share of those that could run at once. At 100 % jobs wait for workers.',
      'percentunit',
      query('used', `${sumOf('worker_active')} / (${sumOf('worker_slots')} > 0) or vector(0)`),
      { warnFrom: 0.9 },
    ),
    stat('Workers', 'Worker processes that hold a lease.', 'short', query('workers', gauge('workers_registered'))),
    stat(
      'Dead',
      'Jobs in the dead letter queue: somebody has to decide.',
      'short',
      query('jobs', gauge('dead_letter_length')),
      {
        warnFrom: 1,
      },
    ),
    stat(
      'Processes without Redis',
      'Processes whose last check got no answer.',
      'short',
      query('processes', `sum(redis_up{${NS}} == bool 0)`),
      {
        alarmFrom: 1,
      },
    ),
  ],
};

const backlog: Row = {
  title: 'What waits',
  panels: [
    lines('Age of the oldest due job', 'Rising: less is started than comes in.', 's', [
      query('{{queue}}', gaugeBy('queue', 'queue_oldest_job_age_seconds')),
    ]),
    lines('Ready jobs', 'Waiting in each queue, quarantine included.', 'short', [
      query('{{queue}}', gaugeBy('queue', 'queue_length')),
    ]),
    lines('From due to start', 'The objective is 30 s for 99 of 100 jobs.', 's', [
      query('p50', quantile(0.5, 'job_wait_duration_seconds')),
      query('p95', quantile(0.95, 'job_wait_duration_seconds')),
      query('p99', quantile(0.99, 'job_wait_duration_seconds')),
    ]),
    lines('Scheduled', 'Delays and retries. Overdue ones have no worker that serves their queue.', 'short', [
      query('waiting for their time', gauge('scheduled_length')),
      query('overdue', gauge('scheduled_overdue')),
    ]),
    lines('Held by workers', 'Jobs in processing.', 'short', [query('processing', gauge('processing_length'))]),
    lines('Oldest claim', 'Above worker.job_timeout: stuck.', 's', [
      query('age', gauge('processing_oldest_age_seconds')),
    ]),
  ],
};

const throughput: Row = {
  title: 'Throughput',
  panels: [
    lines('In and out', 'Produced above completed: the backlog grows.', 'ops', [
      query('produced', perSecond('jobs_produced_total')),
      query('started', perSecond('jobs_consumed_total')),
      query('completed', perSecond('jobs_completed_total')),
    ]),
    lines('Completed by queue', 'Runs whose outcome Redis took as completed.', 'ops', [
      query('{{queue}}', perSecondBy('queue', 'jobs_completed_total')),
    ]),
    lines('Length of a run', 'By kind, the slowest of twenty.', 's', [
      query('{{kind}} p95', quantileBy('kind', 0.95, 'job_processing_duration_seconds')),
    ]),
  ],
};

const failures: Row = {
  title: 'Failures',
  panels: [
    lines('Failed attempts by reason', 'Each will be tried again or is dead.', 'ops', [
      query('{{reason}}', perSecondBy('reason', 'jobs_failed_total')),
    ]),
    lines('Share of attempts that fail', 'By queue.', 'percentunit', [
      query(
        '{{queue}}',
        `${perSecondBy('queue', 'jobs_failed_total')} / (${perSecondBy('queue', 'jobs_consumed_total')} > 0) or ${perSecondBy('queue', 'jobs_failed_total')} * 0`,
      ),
    ]),
    lines('Postponed, given back, taken over', 'No attempt is used by any of them.', 'ops', [
      query('retried', perSecond('jobs_retried_total')),
      query('snoozed: {{reason}}', perSecondBy('reason', 'jobs_snoozed_total')),
      query('released by a drain', perSecond('jobs_released_total')),
      query('taken over from a lost worker', perSecond('jobs_recovered_total')),
      query('lease lost', perSecond('lease_lost_total')),
    ]),
    lines('Circuit breakers', '0 closed, 1 half-open, 2 open: the jobs of an open kind wait.', 'short', [
      query('{{kind}}', gaugeBy('kind', 'circuit_breaker_kind_state')),
    ]),
    lines(
      'Breakers that opened',
      'Failed probes count too. Every worker counts each, so the highest is shown.',
      'ops',
      [query('trips', `max(rate(circuit_breaker_trips_total{${NS}}[$__rate_interval]))`)],
    ),
  ],
};

const deadLetters: Row = {
  title: 'Dead letter queue',
  panels: [
    lines('Dead jobs', 'Nothing is trimmed from here: it falls when somebody requeues or purges.', 'short', [
      query('dead', gauge('dead_letter_length')),
    ]),
    lines('Inflow by reason', 'What jobs die of.', 'ops', [
      query('{{reason}}', perSecondBy('reason', 'jobs_dead_letter_total')),
    ]),
    lines('Oldest dead job', 'For how long nobody has looked.', 's', [
      query('age', gauge('dead_letter_oldest_age_seconds')),
    ]),
  ],
};

const workers: Row = {
  title: 'Workers',
  panels: [
    lines('Slots', 'Running at the height of the slots: more workers, or more slots in each, start more.', 'short', [
      query('slots', sumOf('worker_slots')),
      query('running', sumOf('worker_active')),
    ]),
    lines('Registered and draining', 'During a rollout workers drain one after another.', 'short', [
      query('registered', gauge('workers_registered')),
      query('draining', sumOf('worker_draining')),
    ]),
    table('Builds', 'Which version runs how often.', query('', `count by (version, revision) (build_info{${NS}})`)),
  ],
};

const redis: Row = {
  title: 'Redis',
  panels: [
    lines('Memory', 'At the limit enqueues are refused; the backlog still drains.', 'bytes', [
      query('used', gauge('redis_memory_used_bytes')),
      query('limit (0: none)', gauge('redis_memory_max_bytes')),
    ]),
    lines('Script calls by script', 'Calls a second.', 'ops', [
      query('{{script}}', perSecondBy('script', 'redis_script_duration_seconds_count')),
    ]),
    lines('Round trip of a script', 'The slowest of a hundred.', 's', [
      query('{{script}} p99', quantileBy('script', 0.99, 'redis_script_duration_seconds')),
    ]),
    lines('Enqueues refused', 'Certainly not stored, or (unknown) nobody knows.', 'ops', [
      query('{{reason}}', perSecondBy('reason', 'enqueue_refused_total')),
    ]),
    lines('Rate limit and duplicates', 'Times the limit held something back; enqueues that were there before.', 'ops', [
      query('held back', perSecond('rate_limit_hits_total')),
      query('duplicates', perSecond('jobs_duplicate_total')),
    ]),
  ],
};

const processes: Row = {
  title: 'Processes',
  panels: [
    lines('CPU', 'Cores in use by each process.', 'short', [
      query('{{instance}}', `rate(process_cpu_seconds_total{${NS}}[$__rate_interval])`),
    ]),
    lines('Memory', 'Resident memory of each process.', 'bytes', [
      query('{{instance}}', `process_resident_memory_bytes{${NS}}`),
    ]),
    lines('Event loop', 'How late the loop turns, the slowest of a hundred. Handlers that compute show here.', 's', [
      query('{{instance}}', `nodejs_eventloop_lag_p99_seconds{${NS}}`),
    ]),
  ],
};

/** The dashboards by file name. Queue age comes first: it tells of every trouble that users feel. */
export const DASHBOARDS: Readonly<Record<string, object>> = {
  'job-queue-system.json': dashboard('job-queue-system', 'Job queue system', [
    now,
    backlog,
    throughput,
    failures,
    deadLetters,
    workers,
  ]),
  'job-queue-system-internals.json': dashboard('job-queue-system-internals', 'Job queue system: Redis and processes', [
    redis,
    processes,
  ]),
};
