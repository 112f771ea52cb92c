import type { BreakerState, DeadReason, FailureReason, SnoozeReason } from '../job/job.js';
import type { FailureFacts } from '../job/failure.js';

/** What every event about one job says. */
export interface JobEvent {
  readonly jobId: string;
  readonly kind: string;
  readonly queue: string;
}

/** What every event about one run says. */
export interface RunEvent extends JobEvent {
  readonly workerId: string;
  /** 1 for the first run. */
  readonly attempt: number;
}

/** How a run ended, with its length. */
export interface RunEndEvent extends RunEvent {
  readonly durationMs: number;
}

/** Why the outcome of a run counts for nothing. */
export type LostCause = 'lease-lost' | 'claim-vanished' | 'process-ended';

/** How a process ended that ran one job alone. */
export interface SoloEndEvent {
  readonly jobId: string;
  readonly workerId: string;
  readonly pid: number;
  /** Null: a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** What it died of, when it could say so. */
  readonly lastWords: string;
}

/** Every event of the library: when it fires, its fields and their units. */
export interface QueueEventMap {
  /** Redis answered that the job is stored. */
  'job.enqueued': JobEvent;
  /** Redis answered that a job with this id or unique key was there before; nothing was stored. */
  'job.duplicate': JobEvent & { readonly firstJobId: string };
  /** A job was certainly not stored, or nobody knows (`unknown`). */
  'enqueue.refused': { readonly queue: string; readonly reason: string };
  /** A handler is about to start. `waitMs`: since the job was last due, Redis clock. */
  'job.claimed': RunEvent & { readonly waitMs: number };
  /** Redis took the ack: the outcome is stored. */
  'job.completed': RunEndEvent;
  /** Redis took the failed attempt; `job.retried` or `job.dead` follows. */
  'job.failed': RunEndEvent & { readonly reason: FailureReason; readonly failure: FailureFacts };
  /** The failed job runs again after `delayMs`. */
  'job.retried': RunEvent & { readonly delayMs: number };
  /** The job is in the dead letter queue. */
  'job.dead': RunEvent & { readonly reason: DeadReason };
  /** Redis took it back for later; no attempt was used. One parked for a breaker has no delay: 0. */
  'job.snoozed': RunEndEvent & { readonly reason: SnoozeReason; readonly delayMs: number };
  /** A drain gave it back; no attempt was used. */
  'job.released': RunEvent;
  /** The lease or the process was lost while it ran, or Redis lost the claim: this run's outcome counts for nothing. */
  'job.lost': RunEvent & { readonly cause: LostCause };
  /** A reaper took the job from a lost worker. */
  'job.recovered': {
    readonly jobId: string;
    readonly queue: string;
    readonly fromWorkerId: string;
    readonly crashes: number;
  };
  /** A handler did not end within its grace after an abort; it still runs, but no longer holds a slot. */
  'handler.stuck': RunEvent;
  /** A process of its own was started for a job that crashed twice. */
  'solo.started': { readonly jobId: string; readonly workerId: string; readonly pid: number };
  /** That process is gone; whether its job was settled is told by the events of the job. */
  'solo.ended': SoloEndEvent;
  /** This process heard that the circuit breaker of a kind, which all workers of a partition share, has changed. */
  'breaker.changed': {
    readonly kind: string;
    readonly partition: number;
    readonly from: BreakerState;
    readonly to: BreakerState;
  };
  /** The worker may claim in this partition from now on. */
  'worker.registered': { readonly workerId: string; readonly partition: number };
  /** Redis no longer knows this incarnation; its runs in this partition are aborted. */
  'worker.lost': { readonly workerId: string; readonly partition: number };
  /** The drain began; no job is claimed from now on. */
  'worker.draining': { readonly running: number };
  /** At least half of the slots' worth of handlers go on after their end was asked for: drain, and end this process. */
  'worker.stuck': { readonly stuck: number; readonly slots: number };
  /** No claim attempt has come back for so long that all connections are made anew. */
  'worker.deaf': { readonly silentMs: number };
  /** New connections did not help although Redis answers: drain, and end this process. */
  'worker.broken': { readonly silentMs: number };
  /** A reaper revoked a worker whose lease was over. */
  'worker.revoked': { readonly workerId: string; readonly partition: number };
  /** A sweep came late: nobody is revoked before `untilMs` (Redis clock). */
  'reaper.amnesty': { readonly partition: number; readonly untilMs: number };
  /** A loop failed once and goes on; the job stays where it is. */
  'loop.failed': { readonly loop: string; readonly error: unknown };
  /** One script call came back, or did not. */
  'script.ran': { readonly script: string; readonly durationMs: number; readonly answered: boolean };
  /** All script connections are down / one is up again. */
  'redis.down': { readonly detail: string };
  'redis.up': Record<string, never>;
  /** The rate limit held something back. */
  'rate.limited': { readonly limit: string; readonly waitMs: number };
}

/** The name of an event. */
export type QueueEventName = keyof QueueEventMap;

type Listener<Name extends QueueEventName> = (event: QueueEventMap[Name]) => void;

/**
 * What happens in the queue, for logs, metrics and traces. Synchronous; with nobody listening an event costs one look-up.
 * A listener that throws is reported on stderr and stops nothing.
 */
export class QueueEvents {
  private readonly listeners = new Map<QueueEventName, Set<Listener<never>>>();

  /** Adds a listener; the answer takes it away again. */
  on<Name extends QueueEventName>(name: Name, listener: Listener<Name>): () => void {
    const set = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, set.add(listener as Listener<never>));
    return () => set.delete(listener as Listener<never>);
  }

  /** Whether building this event is worth the work. */
  isHeard(name: QueueEventName): boolean {
    return (this.listeners.get(name)?.size ?? 0) > 0;
  }

  /** Tells every listener, in the order they came. */
  emit<Name extends QueueEventName>(name: Name, event: QueueEventMap[Name]): void {
    for (const listener of this.listeners.get(name) ?? []) {
      try {
        (listener as Listener<Name>)(event);
      } catch (error) {
        process.emitWarning(`listener of "${name}" threw: ${error instanceof Error ? error.stack : String(error)}`);
      }
    }
  }
}
