import type { BackoffOptions } from '../queue.options.js';

/**
 * Delay before retry number `attempt` (1 is the first retry), ms: full jitter over a doubling ceiling.
 * Spreading over the whole range empties a burst of failures fastest (M. Brooker, "Exponential Backoff and Jitter").
 *
 * @param random - a number in [0, 1)
 */
export function backoffDelayMs(attempt: number, { baseMs, maxMs }: BackoffOptions, random: number): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(ceiling * random);
}

/**
 * Delay that grows with each repetition and keeps at least half of its step, ms: for waits that must not come back at once.
 *
 * @param times - how often it happened before
 */
export function growingDelayMs(times: number, baseMs: number, maxMs: number, random: number): number {
  const step = Math.min(maxMs, baseMs * 2 ** Math.min(times, 30));
  return Math.round(step * (0.5 + random / 2));
}
