import { Inject, Injectable } from '@nestjs/common';
import { LeaseLostError } from '../errors/lease-lost.error.js';
import { QueueEvents, type RunEvent } from '../events/queue-events.js';
import { decodeHeader, decodeRecord, RecordError } from '../job/job-codec.js';
import { decodeHistory, type JobHistory } from '../job/job-history.js';
import type { Job } from '../job/job.js';
import { UNKNOWN_KIND_PATIENCE_MS, type Decision } from '../job/retry-policy.js';
import type { WorkerOptions } from '../queue.options.js';
import { WORKER_OPTIONS } from '../queue.tokens.js';
import type { ClaimLedger } from './claim-ledger.js';
import type { Claim, ClaimedJob } from './claim.js';
import { HandlerRegistry } from './handler-registry.service.js';
import { JobRun } from './job-run.js';
import { failedBy, settlementFor, type Outcome } from './outcome.js';
import type { RedisClock } from './redis-clock.js';
import { Slots } from './slots.js';
import { StillRunning } from './still-running.js';

/** Where a claim lives: the incarnation that holds it. */
export interface Desk {
  readonly workerId: string;
  readonly ledger: ClaimLedger;
  readonly clock: RedisClock;
  /** There is something to send. */
  readonly wake: () => void;
}

/** A claim under way, with all that its end needs. */
interface Assignment {
  readonly desk: Desk;
  readonly claim: Claim;
  readonly job: Job | undefined;
  readonly history: JobHistory;
  readonly queue: number;
  readonly event: RunEvent;
  readonly startedAt: number;
}

/** Runs claimed jobs: finds the handler, watches the run, turns its end into a settlement and into events. */
@Injectable()
export class Dispatcher {
  private readonly runs = new Map<Claim, JobRun>();

  constructor(
    private readonly registry: HandlerRegistry,
    private readonly events: QueueEvents,
    readonly slots: Slots,
    readonly stillRunning: StillRunning,
    @Inject(WORKER_OPTIONS) private readonly options: WorkerOptions,
  ) {}

  /** Starts the run of an admitted claim. Its end goes to the desk's ledger, whatever happens. */
  start(desk: Desk, claim: Claim, claimed: ClaimedJob, isDraining: boolean): void {
    this.slots.take();
    const history = decodeHistory(claimed.history);
    const record = readRecord(claimed, this.options.priorities);
    const assignment = this.assign(desk, claim, claimed, record instanceof Error ? undefined : record, history);
    claim.onLost = () => this.lose(assignment);
    claim.onReleased = () => this.releaseWith(assignment);
    this.tellClaimed(assignment, claimed);
    if (isDraining) this.settle(assignment, { type: 'released' });
    else if (record instanceof Error) this.settle(assignment, unreadable(record));
    else this.run(assignment, record);
  }

  /** Tells every handler to stop. Those that then throw are given back, those that end well are acked. */
  abortAll(reason: Error): void {
    for (const run of this.runs.values()) run.abort(reason);
  }

  private assign(desk: Desk, claim: Claim, claimed: ClaimedJob, job: Job | undefined, history: JobHistory): Assignment {
    const header = job ?? decodeHeader(claimed.record);
    const queue = this.options.priorities.indexOf(header?.queue ?? '') + 1;
    const event: RunEvent = {
      jobId: claim.jobId,
      kind: header?.kind ?? 'unknown',
      queue: header?.queue ?? 'unknown',
      workerId: desk.workerId,
      attempt: history.attempts + 1,
    };
    return { desk, claim, job, history, queue: queue || 1, event, startedAt: performance.now() };
  }

  private run(assignment: Assignment, job: Job): void {
    const { claim, desk, event } = assignment;
    const registered = this.registry.find(job.kind);
    if (this.stillRunning.has(job.id)) return this.settle(assignment, { type: 'snoozed', reason: 'still-running' });
    if (!registered) return this.settle(assignment, unknownKind(job, desk.clock.nowMs()));
    const timeoutMs = job.timeoutMs ?? registered.timeoutMs ?? this.options.jobTimeoutMs;
    const run = new JobRun(job, desk.workerId, event.attempt, timeoutMs, {
      ended: (outcome) => this.settle(assignment, outcome),
      detached: () => {
        this.stillRunning.add(job.id);
        this.events.emit('handler.stuck', event);
      },
      stopped: () => this.stillRunning.remove(job.id),
    });
    this.runs.set(claim, run);
    run.start(registered.handler);
  }

  private settle(assignment: Assignment, outcome: Outcome): void {
    const { desk, claim, job, history, queue, startedAt } = assignment;
    this.runs.delete(claim);
    this.slots.giveBack();
    const durationMs = performance.now() - startedAt;
    const facts = {
      jobId: claim.jobId,
      job,
      history,
      workerId: desk.workerId,
      queue,
      durationMs,
      nowMs: desk.clock.nowMs(),
    };
    const { settlement, decision } = settlementFor(outcome, facts, this.options, Math.random());
    claim.onConfirmed = (vanished) => this.tellEnd(assignment, outcome, decision, durationMs, vanished);
    claim.onLost = () => this.events.emit('job.lost', { ...assignment.event, cause: 'lease-lost' });
    claim.onReleased = undefined;
    desk.ledger.end(claim, settlement);
    desk.wake();
  }

  private lose({ claim, desk, event }: Assignment): void {
    const run = this.runs.get(claim);
    this.runs.delete(claim);
    this.slots.giveBack();
    this.events.emit('job.lost', { ...event, cause: 'lease-lost' });
    run?.abandon(new LeaseLostError(desk.workerId));
  }

  /** The drain is over and the handler is not: `leave` gave the job back. */
  private releaseWith({ claim, desk, event }: Assignment): void {
    const run = this.runs.get(claim);
    this.runs.delete(claim);
    this.slots.giveBack();
    this.events.emit('job.released', event);
    run?.abandon(new LeaseLostError(desk.workerId));
  }

  private tellClaimed({ event, job, history, claim }: Assignment, { claimedAtMs }: ClaimedJob): void {
    if (!this.events.isHeard('job.claimed')) return;
    const due = Math.max(history.dueAtMs, job?.dueAtMs ?? claimedAtMs);
    this.events.emit('job.claimed', { ...event, jobId: claim.jobId, waitMs: Math.max(0, claimedAtMs - due) });
  }

  private tellEnd(
    { event }: Assignment,
    outcome: Outcome,
    decision: Decision | undefined,
    durationMs: number,
    vanished: boolean,
  ): void {
    const { events } = this;
    if (vanished) return events.emit('job.lost', { ...event, cause: 'claim-vanished' });
    if (outcome.type === 'completed') {
      if (events.isHeard('job.completed')) events.emit('job.completed', { ...event, durationMs });
    } else if (outcome.type === 'failed') {
      events.emit('job.failed', { ...event, durationMs, reason: outcome.reason, failure: outcome.failure });
      if (decision?.verb === 'retry') events.emit('job.retried', { ...event, delayMs: decision.delayMs });
      if (decision?.verb === 'bury') events.emit('job.dead', { ...event, reason: decision.reason });
    } else if (outcome.type === 'snoozed') {
      events.emit('job.snoozed', {
        ...event,
        durationMs,
        reason: outcome.reason,
        delayMs: decision?.verb === 'snooze' ? decision.delayMs : 0,
      });
    } else {
      events.emit('job.released', event);
    }
  }
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

function unreadable(error: RecordError): Outcome {
  if (error.fault === 'unknown-version') return { type: 'snoozed', reason: 'unknown-version' };
  return failedBy(error.fault, error);
}

function unknownKind(job: Job, nowMs: number): Outcome {
  if (nowMs - job.createdAtMs < UNKNOWN_KIND_PATIENCE_MS) return { type: 'snoozed', reason: 'unknown-kind' };
  return failedBy('unknown-kind', new Error(`no worker knew kind "${job.kind}" for a day`));
}
