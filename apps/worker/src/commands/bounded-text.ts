import type { Readable } from 'node:stream';

/** Reads a stream to its end and keeps only the beginning. */
export class BoundedText {
  private readonly chunks: Buffer[] = [];
  private keptBytes = 0;
  private isOver = false;

  constructor(
    stream: Readable,
    private readonly limitBytes: number,
  ) {
    stream.on('data', (chunk: Buffer) => this.take(chunk));
    stream.on('error', () => undefined); // a pipe that breaks has ended
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString();
  }

  /** More came than was kept. */
  get truncated(): boolean {
    return this.isOver;
  }

  private take(chunk: Buffer): void {
    const kept = chunk.subarray(0, this.limitBytes - this.keptBytes);
    if (kept.length > 0) this.chunks.push(Buffer.from(kept)); // a copy: the chunk may be a part of something large
    this.keptBytes += kept.length;
    this.isOver ||= kept.length < chunk.length;
  }
}
