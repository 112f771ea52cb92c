/** A handler that takes longer than this is not worth claiming ahead for, ms. */
const SHORT_MS = 5;
/** How long a job claimed ahead should wait for its slot at the most, ms. */
const WAIT_MS = 20;
/** Share of one run in the average. */
const WEIGHT = 1 / 16;

/**
 * How many jobs may be claimed ahead of a free slot: as many as short handlers work off within 20 ms, none while handlers take
 * longer than 5 ms on average. A round trip then brings more jobs than there are slots. Pure; knows nothing of a clock.
 */
export class Prefetch {
  private averageMs = SHORT_MS;

  /**
   * @param most - `worker.prefetch`: never more than these; 0 turns it off
   * @param slots - jobs that run at once
   */
  constructor(
    private readonly most: number,
    private readonly slots: number,
  ) {}

  /** Jobs that may be claimed ahead now. */
  get allowance(): number {
    if (this.most === 0 || this.averageMs >= SHORT_MS) return 0;
    return Math.min(this.most, Math.floor((this.slots * WAIT_MS) / Math.max(this.averageMs, 0.01)));
  }

  /** A run ended after so many ms. */
  observe(durationMs: number): void {
    this.averageMs += (Math.min(durationMs, 2 * SHORT_MS) - this.averageMs) * WEIGHT;
  }

  /** A job claimed ahead waited too long: none until runs are short again. */
  stop(): void {
    this.averageMs = 2 * SHORT_MS;
  }
}
