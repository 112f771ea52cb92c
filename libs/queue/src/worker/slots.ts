import { Prefetch } from './prefetch.js';

/**
 * The job slots of a process, shared by its partitions. A slot is taken while a handler runs, and reserved while a call that
 * asked for it is under way or has an unknown outcome. With `worker.prefetch` a little more may be asked for than is free.
 */
export class Slots {
  private running = 0;
  private reserved = 0;
  private waiting = 0;
  private readonly fetchers: (() => void)[] = [];
  private takenAt = performance.now();
  private fullUntil = performance.now();
  private tellLine = (): void => {};

  constructor(
    readonly total: number,
    readonly prefetch: Prefetch = new Prefetch(0, total),
  ) {}

  /** Jobs that may be asked for now. Below zero after a sync brought more than was free. */
  get free(): number {
    return this.most - this.running - this.reserved - this.waiting;
  }

  /** Jobs that may be here at once, running or waiting. */
  get most(): number {
    return this.total + this.prefetch.allowance;
  }

  get hasRoom(): boolean {
    return this.running < this.total;
  }

  get runningCount(): number {
    return this.running;
  }

  /** Since a slot was last taken, or all were, ms. */
  get takenMsAgo(): number {
    return this.hasRoom ? performance.now() - Math.max(this.takenAt, this.fullUntil) : 0;
  }

  /** Since when there is room; now, when there is none. As `performance.now()`. */
  get roomSince(): number {
    return this.hasRoom ? this.fullUntil : performance.now();
  }

  reserve(count: number): void {
    this.reserved += count;
  }

  unreserve(count: number): void {
    const before = this.free;
    this.reserved -= count;
    this.tellIfFreed(before);
  }

  take(nowMs = performance.now()): void {
    this.running++;
    this.takenAt = nowMs;
  }

  giveBack(durationMs: number, nowMs = performance.now()): void {
    const before = this.free;
    if (!this.hasRoom) this.fullUntil = nowMs;
    this.running--;
    this.prefetch.observe(durationMs);
    if (this.waiting > 0) this.tellLine();
    this.tellIfFreed(before);
  }

  /** So many jobs wait for a slot now. */
  setWaiting(count: number): void {
    const before = this.free;
    this.waiting = count;
    this.tellIfFreed(before);
  }

  /** Tells the line of waiting jobs when a slot is free. */
  onRoom(tell: () => void): void {
    this.tellLine = tell;
  }

  /** Tells a partition when a job may be asked for again after none might. */
  onFreed(tell: () => void): void {
    this.fetchers.push(tell);
  }

  private tellIfFreed(before: number): void {
    if (before <= 0 && this.free > 0) for (const tell of this.fetchers) tell();
  }
}
