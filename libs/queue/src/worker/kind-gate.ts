import type { BreakerState, FailureReason } from '../job/job.js';
import { REFUSED, type CircuitBreaker } from './circuit-breaker.js';
import type { KindLimit } from './kind-limit.js';
import type { Outcome } from './outcome.js';

// These say something about the job, not about what its handler needs to work.
const NO_VERDICT: ReadonlySet<FailureReason> = new Set(['unrecoverable', 'invalid-payload', 'cancelled']);

/** Tells of a breaker that changed. */
export type BreakerListener = (from: BreakerState, to: BreakerState) => void;

/** What every job of a kind has to pass in this process before its handler starts: the limit of the kind, then its breaker. */
export class KindGate {
  private known: BreakerState = 'closed';

  constructor(
    private readonly breaker: CircuitBreaker,
    private readonly limit: KindLimit | undefined,
    private readonly tell: BreakerListener,
  ) {}

  /** @returns the ticket of a run that may start, to be given to {@link leave} at its end; or what becomes of the job instead. */
  enter(nowMs: number): number | Outcome {
    if (this.limit && !this.limit.enter(nowMs)) {
      return { type: 'snoozed', reason: 'kind-limit', delayMs: this.limit.waitMs(nowMs, Math.random()) };
    }
    const ticket = this.breaker.enter(nowMs);
    if (this.known !== 'closed') this.look(nowMs);
    if (ticket !== REFUSED) return ticket;
    this.limit?.withdraw();
    return { type: 'snoozed', reason: 'breaker-open', delayMs: this.breaker.waitMs(nowMs, Math.random()) };
  }

  /** @param outcome - undefined: the claim was lost or given back while it ran */
  leave(ticket: number, outcome: Outcome | undefined, nowMs: number, durationMs: number): void {
    this.limit?.leave(nowMs, durationMs);
    if (outcome?.type === 'completed') this.breaker.succeed(ticket, nowMs);
    else if (outcome?.type === 'failed' && !NO_VERDICT.has(outcome.reason)) this.breaker.fail(ticket, nowMs);
    else this.breaker.pass(ticket, nowMs);
    this.look(nowMs);
  }

  /** The state of the breaker now. */
  look(nowMs: number): BreakerState {
    const state = this.breaker.state(nowMs);
    if (state !== this.known) {
      const from = this.known;
      this.known = state;
      this.tell(from, state);
    }
    return state;
  }
}
