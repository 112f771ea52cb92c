import { JobCancelledError, JobTimeoutError, SnoozeJobError, UnrecoverableJobError } from '../errors/handler-errors.js';
import { MAX_DELAY_MS } from '../job/job-rules.js';
import type { Job } from '../job/job.js';
import type { JobContext, JobHandlerContract } from './job-handler.js';
import { failedBy, type Outcome } from './outcome.js';

/** How long a handler may go on after an abort before its slot is given to others, ms. */
export const ABORT_GRACE_MS = 2_000;

/** What a run tells while it goes. Each is told at most once. */
export interface RunListener {
  /** The run ended, or its grace after a timeout is over. */
  ended(outcome: Outcome): void;
  /** The handler goes on although nobody waits for it any more. */
  detached(): void;
  /** A detached handler came to its end. */
  stopped(): void;
}

/**
 * One run of one handler: its timeout, its signal, its one outcome. The signal is made only for handlers that look at it.
 */
export class JobRun implements JobContext {
  private controller: AbortController | undefined;
  private abortReason: unknown;
  private timer: NodeJS.Timeout | undefined;
  private state: 'running' | 'ended' | 'detached' = 'running';

  constructor(
    readonly job: Job,
    readonly workerId: string,
    readonly attempt: number,
    private readonly timeoutMs: number,
    private readonly listener: RunListener,
  ) {}

  get signal(): AbortSignal {
    if (!this.controller) {
      this.controller = new AbortController();
      if (this.abortReason !== undefined) this.controller.abort(this.abortReason);
    }
    return this.controller.signal;
  }

  start(handler: JobHandlerContract): void {
    try {
      const result = handler.handle(this.job, this);
      if (isThenable(result)) this.follow(result);
      else this.succeed(result);
    } catch (error) {
      this.fail(error);
    }
  }

  /** A handler that answers at once needs no timeout: none could have interrupted it. */
  private follow(result: PromiseLike<unknown>): void {
    this.timer = setTimeout(() => this.timeOut(), this.timeoutMs);
    result.then(
      (value) => this.succeed(value),
      (error: unknown) => this.fail(error),
    );
  }

  /** Tells the handler to stop; what it makes of it decides the outcome. */
  abort(reason: Error): void {
    if (this.abortReason !== undefined) return;
    this.abortReason = reason;
    this.controller?.abort(reason);
  }

  /** An operator wants it to end: whatever else than a completion comes, the job is cancelled; its slot is free after the grace. */
  cancel(reason: JobCancelledError): void {
    if (this.state !== 'running' || this.abortReason instanceof JobCancelledError) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.giveUp(), ABORT_GRACE_MS);
    if (this.abortReason === undefined) this.controller?.abort(reason);
    this.abortReason = reason;
  }

  /** The claim is lost: the handler is told to stop, and nothing it does counts. */
  abandon(reason: Error): void {
    if (this.state !== 'running') return;
    this.abort(reason);
    this.detach();
  }

  private timeOut(): void {
    this.abort(new JobTimeoutError(this.timeoutMs));
    this.timer = setTimeout(() => this.giveUp(), ABORT_GRACE_MS);
  }

  private giveUp(): void {
    if (this.state !== 'running') return;
    this.detach();
    this.listener.ended(
      failedBy(this.abortReason instanceof JobCancelledError ? 'cancelled' : 'timeout', this.abortReason),
    );
  }

  private succeed(result: unknown): void {
    this.finish({ type: 'completed', result });
  }

  private fail(error: unknown): void {
    if (this.abortReason instanceof JobCancelledError) this.finish(failedBy('cancelled', this.abortReason));
    else if (this.abortReason instanceof JobTimeoutError) this.finish(failedBy('timeout', this.abortReason));
    else if (this.abortReason !== undefined) this.finish({ type: 'released' });
    else if (error instanceof UnrecoverableJobError) this.finish(failedBy('unrecoverable', error));
    else if (error instanceof SnoozeJobError)
      this.finish({ type: 'snoozed', reason: 'handler', delayMs: clampDelay(error.delayMs) });
    else this.finish(failedBy('error', error));
  }

  private finish(outcome: Outcome): void {
    clearTimeout(this.timer);
    if (this.state === 'detached') return this.listener.stopped();
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.listener.ended(outcome);
  }

  private detach(): void {
    clearTimeout(this.timer);
    this.state = 'detached';
    this.listener.detached();
  }
}

function clampDelay(delayMs: number): number {
  return Math.min(Math.max(0, Math.round(delayMs) || 0), MAX_DELAY_MS);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
