import type { BulkProgress } from '@app/queue';
import { cutTo } from './table.js';
import { formatAge, formatCount } from './units.js';

const TTY_EVERY_MS = 100;
const LINE_EVERY_MS = 5_000;
const BAR_WIDTH = 24;
/** Of a terminal that does not know how wide it is. */
const DEFAULT_COLUMNS = 80;

/** Shows on stderr how far long work is: a bar that moves on a terminal, a line every few seconds elsewhere. */
export class ProgressLine {
  private readonly startedMs: number;
  private shownMs: number;
  private isOpen = false;

  /** @param verb - what is done to the jobs, in the past: `purged`. */
  constructor(
    private readonly verb: string,
    private readonly stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'> = process.stderr,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.startedMs = now();
    this.shownMs = this.startedMs;
  }

  update(progress: BulkProgress): void {
    const nowMs = this.now();
    if (nowMs - this.shownMs < (this.stream.isTTY ? TTY_EVERY_MS : LINE_EVERY_MS)) return;
    this.shownMs = nowMs;
    const text = progressText(this.verb, progress, nowMs - this.startedMs);
    if (!this.stream.isTTY) {
      this.stream.write(`${text}\n`);
      return;
    }
    this.isOpen = true;
    this.stream.write(`\r\u001b[K${cutTo(`${bar(progress)} ${text}`, (this.stream.columns || DEFAULT_COLUMNS) - 1)}`);
  }

  /** Takes the bar away. */
  close(): void {
    if (this.isOpen) this.stream.write('\r\u001b[K');
    this.isOpen = false;
  }
}

/** `purged 12,000, seen 50,000 of 1,000,000 (5 %), 10,000/s, 1m35s left` */
export function progressText(verb: string, { seen, total, applied }: BulkProgress, elapsedMs: number): string {
  const perSecond = elapsedMs > 0 ? (seen / elapsedMs) * 1_000 : 0;
  const left = perSecond > 0 ? `, ${formatAge(((total - seen) / perSecond) * 1_000)} left` : '';
  const counts = applied === seen ? formatCount(applied) : `${formatCount(applied)}, seen ${formatCount(seen)}`;
  const share = total > 0 ? Math.floor((seen / total) * 100) : 100;
  return `${verb} ${counts} of ${formatCount(total)} (${share} %), ${formatCount(Math.round(perSecond))}/s${left}`;
}

function bar({ seen, total }: BulkProgress): string {
  const full = total > 0 ? Math.round((seen / total) * BAR_WIDTH) : BAR_WIDTH;
  return `[${'='.repeat(full)}${' '.repeat(BAR_WIDTH - full)}]`;
}
