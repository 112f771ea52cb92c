import type { FailureReason } from '../job/job.js';
import { REFUSED, type KindBreaker } from './breaker-board.js';
import type { KindLimit } from './kind-limit.js';
import type { Outcome } from './outcome.js';

// These say something about the job, not about what its handler needs to work.
const NO_VERDICT: ReadonlySet<FailureReason> = new Set(['unrecoverable', 'invalid-payload', 'cancelled']);

/** What every job of a kind has to pass before its handler starts: the breaker of the kind, then its limit in this process. */
export class KindGate {
  constructor(private readonly limit: KindLimit | undefined) {}

  /**
   * @param breaker - undefined in a process that runs one job alone: it neither asks nor tells
   * @returns the ticket of a run that may start, to be given to {@link leave} at its end; or what becomes of the job instead.
   */
  enter(breaker: KindBreaker | undefined, claim: number, nowMs: number): number | Outcome {
    const ticket = breaker?.enter(claim) ?? 0;
    if (ticket === REFUSED) return { type: 'snoozed', reason: 'breaker-open' };
    if (this.limit && !this.limit.enter(nowMs)) {
      return { type: 'snoozed', reason: 'kind-limit', delayMs: this.limit.waitMs(nowMs, Math.random()) };
    }
    return ticket;
  }

  /** @param outcome - undefined: the claim was lost or given back while it ran */
  leave(
    breaker: KindBreaker | undefined,
    ticket: number,
    outcome: Outcome | undefined,
    nowMs: number,
    durationMs: number,
  ): void {
    this.limit?.leave(nowMs, durationMs);
    if (outcome?.type === 'completed') breaker?.ended(ticket, false);
    else if (outcome?.type === 'failed' && !NO_VERDICT.has(outcome.reason)) breaker?.ended(ticket, true);
  }
}
