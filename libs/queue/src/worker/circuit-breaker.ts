import type { BreakerState } from '../job/job.js';
import type { CircuitBreakerOptions } from '../queue.options.js';

/** What {@link CircuitBreaker.enter} answers when the run may not start. */
export const REFUSED = -1;

/** The window moves in steps of a tenth. */
const STEPS = 10;
/** Least time over which refused jobs are spread, ms. */
const LEAST_SPREAD_MS = 1_000;

/**
 * The circuit breaker of one kind in one process. A pure state machine: it is told the time, and looks at nothing else.
 *
 * Each run that is let in gets a ticket: the number of state changes so far. A run that ends under another number says nothing
 * about now and is not counted, so late ends of an old outage neither open a closed breaker nor answer for the probe.
 */
export class CircuitBreaker {
  private current: BreakerState = 'closed';
  private changes = 0;
  private isProbing = false;
  /** Of the last change, or of the last probe that said nothing. */
  private sinceMs = 0;
  private readonly stepMs: number;
  private step = -Infinity;
  private readonly failures = new Uint32Array(STEPS);
  private readonly attempts = new Uint32Array(STEPS);
  private failed = 0;
  private attempted = 0;

  constructor(private readonly options: CircuitBreakerOptions) {
    this.stepMs = options.windowMs / STEPS;
  }

  /** Time alone ends a cooldown; and a breaker that nobody has probed for a window has forgotten why it opened. */
  state(nowMs: number): BreakerState {
    const { cooldownPeriodMs, windowMs } = this.options;
    if (this.current === 'open' && nowMs - this.sinceMs >= cooldownPeriodMs) {
      this.change('half-open', this.sinceMs + cooldownPeriodMs);
    }
    if (this.current === 'half-open' && !this.isProbing && nowMs - this.sinceMs >= windowMs) {
      this.change('closed', nowMs);
    }
    return this.current;
  }

  /** @returns the ticket of a run that may start, to be given back at its end whatever it is; or {@link REFUSED}. */
  enter(nowMs: number): number {
    if (this.current === 'closed') return this.changes;
    const state = this.state(nowMs);
    if (state === 'open' || (state === 'half-open' && this.isProbing)) return REFUSED;
    this.isProbing = state === 'half-open';
    return this.changes;
  }

  /** How long a refused job should wait: what is left of the cooldown, and a random part, so that not all come back at once. */
  waitMs(nowMs: number, random: number): number {
    const { cooldownPeriodMs } = this.options;
    const rest = this.current === 'open' ? Math.max(0, this.sinceMs + cooldownPeriodMs - nowMs) : 0;
    return Math.ceil(rest + random * Math.max(cooldownPeriodMs, LEAST_SPREAD_MS));
  }

  /** The run ended well. */
  succeed(ticket: number, nowMs: number): void {
    if (ticket !== this.changes) return;
    if (this.current === 'half-open') this.change('closed', nowMs);
    else this.count(nowMs, 0);
  }

  /** The attempt failed. */
  fail(ticket: number, nowMs: number): void {
    if (ticket !== this.changes) return;
    if (this.current === 'half-open') return this.change('open', nowMs);
    this.count(nowMs, 1);
    const { minSamples, failureThreshold } = this.options;
    if (this.attempted >= minSamples && this.failed >= failureThreshold * this.attempted) this.change('open', nowMs);
  }

  /** The run ended without a verdict: postponed, given back, lost, or buried for what is in it. */
  pass(ticket: number, nowMs: number): void {
    if (ticket !== this.changes || this.current !== 'half-open') return;
    this.isProbing = false;
    this.sinceMs = nowMs;
  }

  private change(to: BreakerState, atMs: number): void {
    this.current = to;
    this.changes++;
    this.isProbing = false;
    this.sinceMs = atMs;
    this.forget();
  }

  private forget(): void {
    this.failures.fill(0);
    this.attempts.fill(0);
    this.failed = 0;
    this.attempted = 0;
  }

  private count(nowMs: number, failed: 0 | 1): void {
    this.moveTo(Math.floor(nowMs / this.stepMs));
    const at = this.step % STEPS;
    this.attempts[at]!++;
    this.failures[at]! += failed;
    this.attempted++;
    this.failed += failed;
  }

  /** Drops the steps that the window has left behind. */
  private moveTo(step: number): void {
    if (step <= this.step) return;
    if (step - this.step >= STEPS) this.forget();
    else {
      for (let next = this.step + 1; next <= step; next++) {
        const at = next % STEPS;
        this.attempted -= this.attempts[at]!;
        this.failed -= this.failures[at]!;
        this.attempts[at] = 0;
        this.failures[at] = 0;
      }
    }
    this.step = step;
  }
}
