/** Two points in time that the main thread writes and the heartbeat thread reads, in tenths of a second of the machine. */
const CELLS = { tick: 0, renewed: 1 } as const;

/** What the main thread and the heartbeat thread tell each other without a message: neither waits for the other. */
export class HeartbeatWatch {
  private readonly cells: Int32Array;

  constructor(readonly memory = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.cells = new Int32Array(memory);
  }

  /** The main loop has turned. */
  tick(): void {
    Atomics.store(this.cells, CELLS.tick, now());
  }

  /** The main thread has renewed every lease. */
  renewed(): void {
    Atomics.store(this.cells, CELLS.renewed, now());
  }

  /** Since the main loop last turned, ms. */
  get tickMsAgo(): number {
    return 100 * (now() - Atomics.load(this.cells, CELLS.tick));
  }

  /** Since the main thread last renewed every lease, ms. */
  get renewedMsAgo(): number {
    return 100 * (now() - Atomics.load(this.cells, CELLS.renewed));
  }
}

/** The same for all threads; an Int32 holds six years of uptime. */
function now(): number {
  return Number(process.hrtime.bigint() / 100_000_000n);
}
