import type { JobCancelledError } from '../errors/handler-errors.js';
import { LeaseLostError } from '../errors/lease-lost.error.js';
import type { QueueEvents, RunEvent } from '../events/queue-events.js';
import { decodeHeader } from '../job/job-codec.js';
import { decodeHistory, type JobHistory } from '../job/job-history.js';
import type { Job } from '../job/job.js';
import type { Decision } from '../job/retry-policy.js';
import type { WorkerOptions } from '../queue.options.js';
import type { ClaimLedger } from './claim-ledger.js';
import type { Claim, ClaimedJob, ClaimOwner } from './claim.js';
import type { JobRun, RunListener } from './job-run.js';
import type { BreakerBoard, KindBreaker } from './breaker-board.js';
import type { KindGate } from './kind-gate.js';
import { settlementFor, type Outcome } from './outcome.js';
import type { RedisClock } from './redis-clock.js';
import type { Slots } from './slots.js';
import type { StillRunning } from './still-running.js';

/** Where a claim lives: the incarnation that holds it. */
export interface Desk {
  readonly workerId: string;
  readonly ledger: ClaimLedger;
  readonly clock: RedisClock;
  /** Of its partition; none in a process that runs one job alone. */
  readonly breakers?: BreakerBoard;
  /** There is something to send. */
  readonly wake: () => void;
}

/** What every assignment of a process shares. */
export interface AssignmentParts {
  readonly events: QueueEvents;
  readonly slots: Slots;
  readonly stillRunning: StillRunning;
  readonly options: WorkerOptions;
  /** Handlers under way, so that a drain can tell them to stop. */
  readonly runs: Set<JobRun>;
}

/**
 * One claim under way: holds a slot from the claim to the end of its run, turns that end into a settlement for the ledger,
 * and tells events once Redis has answered.
 */
export class Assignment implements RunListener, ClaimOwner {
  readonly history: JobHistory;
  private readonly kind: string;
  private readonly queueName: string;
  /** Index of the job's queue among those served, from 1. */
  private readonly queue: number;
  private readonly startedAt = performance.now();
  private run: JobRun | undefined;
  private outcome: Outcome | undefined;
  private decision: Decision | undefined;
  private durationMs = 0;
  private gate: KindGate | undefined;
  private breaker: KindBreaker | undefined;
  private ticket = 0;

  /** @param job - undefined: its record could not be read */
  constructor(
    private readonly parts: AssignmentParts,
    private readonly desk: Desk,
    private readonly claim: Claim,
    private readonly job: Job | undefined,
    claimed: ClaimedJob,
  ) {
    this.history = decodeHistory(claimed.history);
    const { kind = 'unknown', queue = 'unknown' } = job ?? decodeHeader(claimed.record) ?? {};
    this.kind = kind;
    this.queueName = queue;
    this.queue = Math.max(1, parts.options.priorities.indexOf(queue) + 1);
    claim.owner = this;
    parts.slots.take(this.startedAt);
    this.tellClaimed(claimed.claimedAtMs);
  }

  get attempt(): number {
    return this.history.attempts + 1;
  }

  /** Whether the job may start; if not, its run is over already. */
  passes(gate: KindGate): boolean {
    const breaker = this.desk.breakers?.of(this.kind);
    const entry = gate.enter(breaker, this.claim.number, this.startedAt);
    if (typeof entry !== 'number') {
      this.ended(entry);
      return false;
    }
    this.gate = gate;
    this.breaker = breaker;
    this.ticket = entry;
    return true;
  }

  /** The handler has started; most that are quick have ended by now. */
  follow(run: JobRun): void {
    if (this.outcome) return;
    this.run = run;
    this.parts.runs.add(run);
  }

  ended(outcome: Outcome): void {
    this.outcome = outcome;
    this.durationMs = performance.now() - this.startedAt;
    this.freeSlot();
    const { desk, claim, job, history, queue, durationMs } = this;
    const facts = { job, history, workerId: desk.workerId, queue, durationMs, nowMs: desk.clock.nowMs() };
    const { settlement, decision } = settlementFor(outcome, facts, this.parts.options, Math.random());
    this.decision = decision;
    desk.ledger.end(claim, settlement);
    desk.wake();
  }

  detached(): void {
    this.parts.stillRunning.add(this.claim.jobId);
    this.parts.events.emit('handler.stuck', this.event);
  }

  stopped(): void {
    this.parts.stillRunning.remove(this.claim.jobId);
  }

  confirmed(vanished: boolean): void {
    if (vanished) this.parts.events.emit('job.lost', { ...this.event, cause: 'claim-vanished' });
    else this.tellEnd();
  }

  lost(): void {
    this.parts.events.emit('job.lost', { ...this.event, cause: 'lease-lost' });
    this.giveUp();
  }

  released(): void {
    this.parts.events.emit('job.released', this.event);
    this.giveUp();
  }

  cancel(reason: JobCancelledError): void {
    this.run?.cancel(reason);
  }

  /** Nobody waits for the handler any more. */
  private giveUp(): void {
    if (this.outcome) return;
    this.durationMs = performance.now() - this.startedAt;
    this.freeSlot();
    this.run?.abandon(new LeaseLostError(this.desk.workerId));
  }

  private freeSlot(): void {
    if (this.run) this.parts.runs.delete(this.run);
    const endedAt = this.startedAt + this.durationMs;
    this.gate?.leave(this.breaker, this.ticket, this.outcome, endedAt, this.durationMs);
    this.parts.slots.giveBack(this.durationMs, endedAt);
  }

  /** Made only when somebody listens. */
  private get event(): RunEvent {
    const { claim, kind, queueName: queue, desk, attempt } = this;
    return { jobId: claim.jobId, kind, queue, workerId: desk.workerId, attempt };
  }

  private tellClaimed(claimedAtMs: number): void {
    if (!this.parts.events.isHeard('job.claimed')) return;
    const due = Math.max(this.history.dueAtMs, this.job?.dueAtMs ?? claimedAtMs);
    // written out, as below: a spread is dear, and these two happen at every run
    const { claim, kind, queueName: queue, desk, attempt } = this;
    const waitMs = Math.max(0, claimedAtMs - due);
    this.parts.events.emit('job.claimed', {
      jobId: claim.jobId,
      kind,
      queue,
      workerId: desk.workerId,
      attempt,
      waitMs,
    });
  }

  private tellEnd(): void {
    const { outcome, decision, durationMs } = this;
    const { events } = this.parts;
    const isCompleted = outcome?.type === 'completed' || outcome?.type === 'answered';
    if (isCompleted && !events.isHeard('job.completed')) return;
    if (isCompleted) {
      const { claim, kind, queueName: queue, desk, attempt } = this;
      events.emit('job.completed', { jobId: claim.jobId, kind, queue, workerId: desk.workerId, attempt, durationMs });
      return;
    }
    const { event } = this;
    if (outcome?.type === 'failed') {
      events.emit('job.failed', { ...event, durationMs, reason: outcome.reason, failure: outcome.failure });
      if (decision?.verb === 'retry') events.emit('job.retried', { ...event, delayMs: decision.delayMs });
      if (decision?.verb === 'bury') events.emit('job.dead', { ...event, reason: decision.reason });
    } else if (outcome?.type === 'snoozed') {
      const delayMs = decision?.verb === 'snooze' ? decision.delayMs : 0;
      events.emit('job.snoozed', { ...event, durationMs, reason: outcome.reason, delayMs });
    } else {
      events.emit('job.released', event);
    }
  }
}
