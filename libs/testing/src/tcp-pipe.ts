import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** One direction of a proxied connection: bytes go through in order, late, never, or until something happens. */
export class Pipe {
  /** Each chunk is delivered this much after it came. */
  delayMs = 0;
  /** Sees every chunk before it is passed on. */
  onChunk: (chunk: Buffer) => void = () => {};

  private delivered: Promise<void> = Promise.resolve();
  private gate?: { readonly opened: Promise<void>; readonly open: () => void };
  private bytesLeft = Number.POSITIVE_INFINITY;
  private onBytesSpent: () => void = () => {};
  private onSwallow?: () => void;

  constructor(
    from: Socket,
    private readonly to: Socket,
  ) {
    from.on('data', (chunk) => this.take(chunk));
    from.on('end', () => this.enqueue(0, () => this.to.end()));
  }

  /** Keeps every byte back. */
  hold(): void {
    if (this.gate) return;
    let open!: () => void;
    const opened = new Promise<void>((resolve) => (open = resolve));
    this.gate = { opened, open };
  }

  /** Delivers what was kept back. */
  release(): void {
    const gate = this.gate;
    this.gate = undefined;
    gate?.open();
  }

  /** Passes this many more bytes on, then calls `spent`. */
  cutAfter(bytes: number, spent: () => void): void {
    this.bytesLeft = bytes;
    this.onBytesSpent = spent;
  }

  /** Throws the next chunk away and calls `swallowed`. */
  swallowNext(swallowed: () => void): void {
    this.onSwallow = swallowed;
  }

  private take(chunk: Buffer): void {
    this.onChunk(chunk);
    this.enqueue(this.delayMs, () => this.deliver(chunk));
  }

  private enqueue(delayMs: number, deliver: () => void): void {
    const dueMs = performance.now() + delayMs;
    this.delivered = this.delivered.then(async () => {
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await sleep(waitMs, undefined, { ref: false });
      while (this.gate) await this.gate.opened;
      deliver();
    });
  }

  private deliver(chunk: Buffer): void {
    if (this.onSwallow) {
      this.onSwallow();
      this.onSwallow = undefined;
      return;
    }
    const passed = chunk.subarray(0, this.bytesLeft);
    this.bytesLeft -= passed.length;
    if (this.to.writable) this.to.write(passed);
    if (this.bytesLeft <= 0) setImmediate(this.onBytesSpent);
  }
}
