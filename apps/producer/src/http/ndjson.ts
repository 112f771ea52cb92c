import type { Readable } from 'node:stream';
import { Problem } from './problem.js';

const NEWLINE = 0x0a;
/** Lines that travel to Redis together. */
const BATCH_LINES = 500;

/** A line of a request: its number from 1, and its bytes, or why they were not kept. */
export interface Line {
  readonly number: number;
  readonly content: Buffer | Problem;
}

/**
 * Cuts a stream into its lines and hands them out as they come, some hundred at once: what has arrived is never held back
 * to fill a batch, and nothing is read ahead of the consumer but the stream's own buffer. Empty lines are counted, not
 * handed out. A line longer than `maxBytes` is a problem, and the rest of the stream goes on.
 *
 * @param signal - ends it early, also in the wait for the next byte; the stream is left as it is
 */
export async function* linesOf(
  stream: Readable,
  maxBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Line[], void, undefined> {
  const cutter = new LineCutter(maxBytes);
  const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer, undefined>;
  while (!signal.aborted) {
    const next = await nextChunk(chunks, signal);
    if (next === undefined) return;
    const lines = next.done ? cutter.end() : cutter.push(next.value);
    for (let at = 0; at < lines.length && !signal.aborted; at += BATCH_LINES) yield lines.slice(at, at + BATCH_LINES);
    if (next.done) return;
  }
}

type Chunk = IteratorResult<Buffer, undefined>;

/** Undefined: aborted. Leaves nothing behind at the signal, which outlives every request. */
function nextChunk(chunks: AsyncIterator<Buffer, undefined>, signal: AbortSignal): Promise<Chunk | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    signal.addEventListener('abort', stop);
    chunks
      .next()
      .finally(() => signal.removeEventListener('abort', stop))
      .then(resolve, reject);
  });
}

class LineCutter {
  private number = 0;
  private parts: Buffer[] = [];
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.keep(chunk.subarray(start, end));
      lines.push(...this.cut());
      start = end + 1;
    }
    this.keep(chunk.subarray(start));
    return lines;
  }

  end(): Line[] {
    return this.bytes > 0 ? this.cut() : [];
  }

  private keep(part: Buffer): void {
    this.bytes += part.length;
    if (this.bytes > this.maxBytes) this.parts = [];
    else if (part.length > 0) this.parts.push(part);
  }

  private cut(): Line[] {
    const { bytes, parts } = this;
    const number = ++this.number;
    this.parts = [];
    this.bytes = 0;
    if (bytes > this.maxBytes) return [{ number, content: lineTooLong(this.maxBytes) }];
    const content = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    return isBlank(content) ? [] : [{ number, content }];
  }
}

function isBlank(line: Buffer): boolean {
  return line.length === 0 || (line.length === 1 && line[0] === 0x0d);
}

function lineTooLong(maxBytes: number): Problem {
  const detail = `the line is longer than ${maxBytes} bytes`;
  const remedy = 'send less, or a reference to where the data is';
  return new Problem({ status: 413, code: 'body-too-large', detail, remedy });
}
