/**
 * The job slots of a process, shared by its partitions. A slot is taken while a handler runs, and reserved while a call that
 * asked for it is under way or has an unknown outcome.
 */
export class Slots {
  private running = 0;
  private reserved = 0;

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
    this.reserved -= count;
  }

  take(): void {
    this.running++;
  }

  giveBack(): void {
    this.running--;
  }
}
