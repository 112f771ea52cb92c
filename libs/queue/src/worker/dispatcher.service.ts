import { Inject, Injectable, Optional } from '@nestjs/common';
import { InvalidPayloadError } from '../errors/invalid-payload.error.js';
import type { JobTracer } from '../events/job-tracer.js';
import { QueueEvents } from '../events/queue-events.js';
import { BENCH_KIND, readBenchAddress } from '../job/bench-job.js';
import { decodeRecord, RecordError } from '../job/job-codec.js';
import type { Job } from '../job/job.js';
import { UNKNOWN_KIND_PATIENCE_MS } from '../job/retry-policy.js';
import type { WorkerOptions } from '../queue.options.js';
import { JOB_TRACER, WORKER_OPTIONS } from '../queue.tokens.js';
import { Assignment, type AssignmentParts, type Desk } from './assignment.js';
import type { Claim, ClaimedJob } from './claim.js';
import type { JobHandlerContract } from './job-handler.js';
import { HandlerRegistry } from './handler-registry.service.js';
import { JobRun } from './job-run.js';
import { failedBy, type Outcome } from './outcome.js';
import type { PayloadCheck } from './payload-check.js';
import { Slots } from './slots.js';
import { StillRunning } from './still-running.js';

/** Runs claimed jobs: reads the record, finds the handler, starts it. The rest is the {@link Assignment}'s. */
@Injectable()
export class Dispatcher {
  private readonly parts: AssignmentParts;

  constructor(
    private readonly registry: HandlerRegistry,
    events: QueueEvents,
    readonly slots: Slots,
    stillRunning: StillRunning,
    @Inject(WORKER_OPTIONS) private readonly options: WorkerOptions,
    @Optional() @Inject(JOB_TRACER) private readonly tracer?: JobTracer,
  ) {
    this.parts = { events, slots, stillRunning, options, runs: new Set() };
  }

  /** Starts the run of an admitted claim. Its end goes to the desk's ledger, whatever happens. */
  start(desk: Desk, claim: Claim, claimed: ClaimedJob, isDraining: boolean): void {
    const record = readRecord(claimed, this.options.priorities);
    const job = record instanceof RecordError ? undefined : record;
    const assignment = new Assignment(this.parts, desk, claim, job, claimed);
    if (isDraining) assignment.ended({ type: 'released' });
    else if (record instanceof RecordError) assignment.ended(unreadable(record));
    else this.run(assignment, record, desk);
  }

  /** Tells every handler to stop. Those that then throw are given back, those that end well are acked. */
  abortAll(reason: Error): void {
    for (const run of this.parts.runs) run.abort(reason);
  }

  private run(assignment: Assignment, job: Job, desk: Desk): void {
    if (job.kind === BENCH_KIND) return assignment.ended({ type: 'answered', address: readBenchAddress(job.payload) });
    const registered = this.registry.find(job.kind);
    if (this.parts.stillRunning.has(job.id)) return assignment.ended({ type: 'snoozed', reason: 'still-running' });
    if (!registered) return assignment.ended(unknownKind(job, desk.clock.nowMs()));
    if (!assignment.passes(registered.gate)) return;
    const checked = withPayload(job, registered.checkPayload);
    if (checked instanceof InvalidPayloadError) return assignment.ended(failedBy('invalid-payload', checked));
    const timeoutMs = job.timeoutMs ?? registered.timeoutMs ?? this.options.jobTimeoutMs;
    const run = new JobRun(checked, desk.workerId, assignment.attempt, timeoutMs, assignment);
    run.start(this.tracer ? traced(registered.handler, this.tracer) : registered.handler);
    assignment.follow(run);
  }
}

function traced(handler: JobHandlerContract, tracer: JobTracer): JobHandlerContract {
  return { handle: (job, context) => tracer.running(job, context, () => handler.handle(job, context)) };
}

function readRecord({ jobId, record }: ClaimedJob, queues: readonly string[]): Job | RecordError {
  try {
    const job = decodeRecord(jobId, record);
    if (queues.includes(job.queue)) return job;
    return new RecordError(
      'malformed-record',
      `job "${jobId}": its record names queue "${job.queue}", which this worker does not serve`,
    );
  } catch (error) {
    if (error instanceof RecordError) return error;
    throw error;
  }
}

/** The job as its handler gets it, or what is wrong with its payload. */
function withPayload(job: Job, check: PayloadCheck | undefined): Job | InvalidPayloadError {
  if (!check) return job;
  try {
    return { ...job, payload: check(job.payload) };
  } catch (error) {
    return error instanceof InvalidPayloadError ? error : new InvalidPayloadError(`is not valid: ${String(error)}`);
  }
}

function unreadable(error: RecordError): Outcome {
  if (error.fault === 'unknown-version') return { type: 'snoozed', reason: 'unknown-version' };
  return failedBy(error.fault, error);
}

function unknownKind(job: Job, nowMs: number): Outcome {
  if (nowMs - job.createdAtMs < UNKNOWN_KIND_PATIENCE_MS) return { type: 'snoozed', reason: 'unknown-kind' };
  return failedBy('unknown-kind', new Error(`no worker knew kind "${job.kind}" for a day`));
}
