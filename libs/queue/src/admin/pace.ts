import { setTimeout as sleep } from 'node:timers/promises';

/** Steps a second of paced work: short enough to look even, long enough to be worth a call. */
const STEPS_A_SECOND = 10;

/** Spreads work evenly over time. A delay is not caught up with: what waits behind it must not come as a burst. */
export class Pace {
  private nextMs = -Infinity;

  /** @param perSecond - undefined: as fast as it goes. */
  constructor(private readonly perSecond: number | undefined) {}

  /** How many may go at once, of at most so many. */
  stepSize(most: number): number {
    if (this.perSecond === undefined) return most;
    return Math.min(most, Math.max(1, Math.ceil(this.perSecond / STEPS_A_SECOND)));
  }

  /** Waits until the next `count` may go. @throws {Error} `AbortError`: the signal came first. */
  async next(count: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.perSecond === undefined) return;
    const nowMs = performance.now();
    const atMs = Math.max(this.nextMs, nowMs);
    this.nextMs = atMs + (count / this.perSecond) * 1_000;
    if (atMs > nowMs) await sleep(atMs - nowMs, undefined, { signal });
  }
}
