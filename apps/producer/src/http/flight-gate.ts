/**
 * Bounds the jobs that are on their way to Redis at once. Without it many streams together send more than Redis takes within
 * `redis.write_timeout`: then every answer comes too late, everything is sent again, and nearly nothing gets through.
 */
export class FlightGate {
  private inFlight = 0;
  private readonly line: { readonly count: number; readonly enter: () => void }[] = [];

  /** @param most - jobs at once; a larger batch passes alone */
  constructor(private readonly most: number) {}

  /** Runs `send` when it is its turn, first come, first served. */
  async pass<T>(count: number, send: () => Promise<T>): Promise<T> {
    if (this.line.length > 0 || !this.hasRoom(count)) {
      await new Promise<void>((enter) => this.line.push({ count, enter }));
    } else this.inFlight += count;
    try {
      return await send();
    } finally {
      this.inFlight -= count;
      this.letIn();
    }
  }

  private letIn(): void {
    for (let next = this.line[0]; next !== undefined && this.hasRoom(next.count); next = this.line[0]) {
      this.line.shift();
      this.inFlight += next.count;
      next.enter();
    }
  }

  private hasRoom(count: number): boolean {
    return this.inFlight === 0 || this.inFlight + count <= this.most;
  }
}
