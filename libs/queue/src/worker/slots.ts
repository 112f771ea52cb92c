/**
 * The job slots of a process, shared by its partitions. A slot is taken while a handler runs, and reserved while a call that
 * asked for it is under way or has an unknown outcome.
 */
export class Slots {
  private running = 0;
  private reserved = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(readonly total: number) {}

  /** What may be asked for now. Below zero after a sync brought more than was free. */
  get free(): number {
    return this.total - this.running - this.reserved;
  }

  get runningCount(): number {
    return this.running;
  }

  reserve(count: number): void {
    this.reserved += count;
  }

  unreserve(count: number): void {
    const before = this.free;
    this.reserved -= count;
    this.tellIfFreed(before);
  }

  take(): void {
    this.running++;
  }

  giveBack(): void {
    const before = this.free;
    this.running--;
    this.tellIfFreed(before);
  }

  /** Tells a partition when there is a free slot again after there was none. */
  onFreed(tell: () => void): void {
    this.waiting.push(tell);
  }

  private tellIfFreed(before: number): void {
    if (before <= 0 && this.free > 0) for (const tell of this.waiting) tell();
  }
}
