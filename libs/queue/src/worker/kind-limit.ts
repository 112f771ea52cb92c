/** How long a run is taken to last before one has ended, ms. Short: while none ends, the guess grows. */
const FIRST_GUESS_MS = 20;
/** Share of one run in the average. */
const WEIGHT = 1 / 8;
const LEAST_WAIT_MS = 10;
const MOST_WAIT_MS = 60_000;

/**
 * How many jobs of one kind run at once in one process. Pure: it is told the time.
 *
 * A refused job is told to come back when its turn should be: each one takes the next place in an imagined line, which moves as
 * fast as runs of this kind end. So a backlog returns at about the pace at which it can be run, and does not spin.
 */
export class KindLimit {
  private running = 0;
  private averageMs = FIRST_GUESS_MS;
  /** When a run last ended or the last place was taken. */
  private changedMs = 0;
  private lineEndsMs = 0;

  constructor(private readonly most: number) {}

  /** @returns whether a run may start; if so, its end must be told. */
  enter(nowMs: number): boolean {
    if (this.running >= this.most) return false;
    this.running++;
    this.changedMs = nowMs;
    return true;
  }

  /** A run ended. */
  leave(nowMs: number, durationMs: number): void {
    this.running--;
    this.changedMs = nowMs;
    this.averageMs += (durationMs - this.averageMs) * WEIGHT;
  }

  /** How long a refused job should wait; at most a minute. */
  waitMs(nowMs: number, random: number): number {
    const runMs = Math.max(this.averageMs, nowMs - this.changedMs);
    this.lineEndsMs = Math.min(Math.max(this.lineEndsMs, nowMs) + runMs / this.most, nowMs + MOST_WAIT_MS);
    return Math.ceil(Math.max(LEAST_WAIT_MS, (this.lineEndsMs - nowMs) * (0.5 + random / 2)));
  }
}
