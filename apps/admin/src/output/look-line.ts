import { formatCount } from './units.js';

const EVERY_MS = { tty: 200, pipe: 5_000 } as const;

/** Shows on stderr what a long look has reached, where nobody knows beforehand how much there is to look at. */
export class LookLine {
  private shownMs: number;
  private isOpen = false;

  constructor(
    private readonly stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY'> = process.stderr,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.shownMs = now();
  }

  /** @param what - `places`, in the plural. */
  update(what: string, seen: number): void {
    const nowMs = this.now();
    if (nowMs - this.shownMs < (this.stream.isTTY ? EVERY_MS.tty : EVERY_MS.pipe)) return;
    this.shownMs = nowMs;
    const text = `looked at ${formatCount(seen)} ${what}`;
    this.isOpen = this.stream.isTTY;
    this.stream.write(this.isOpen ? `\r\u001b[K${text}` : `${text}\n`);
  }

  /** Takes the line away. */
  close(): void {
    if (this.isOpen) this.stream.write('\r\u001b[K');
    this.isOpen = false;
  }
}
