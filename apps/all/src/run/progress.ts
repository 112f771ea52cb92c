import type { QueueCounts } from './tally.js';
import { formatCount, keepStart, type Terminal } from './text.js';

const WINDOW_MS = 2_000;

/** Jobs a second, over the last two seconds. */
export class RateMeter {
  private samples: { readonly atMs: number; readonly count: number }[] = [];

  /** @returns the rate with this count as the newest sample. */
  next(count: number, nowMs: number): number {
    this.samples.push({ atMs: nowMs, count });
    while (this.samples.length > 2 && nowMs - this.samples[1]!.atMs >= WINDOW_MS) this.samples.shift();
    const oldest = this.samples[0]!;
    const seconds = (nowMs - oldest.atMs) / 1_000;
    return seconds <= 0 ? 0 : (count - oldest.count) / seconds;
  }
}

export interface Progress {
  readonly counts: Readonly<QueueCounts>;
  readonly isScanning: boolean;
  readonly jobsPerSecond: number;
}

/** One line that fits the terminal. */
export function renderProgress({ counts, isScanning, jobsPerSecond }: Progress, { width, paint }: Terminal): string {
  const words = [
    isScanning ? 'scanning' : 'working',
    `${formatCount(counts.produced)} produced`,
    `${formatCount(counts.completed)} completed`,
    `${formatCount(counts.failed)} failed`,
    `${formatCount(counts.dead)} dead`,
    `${formatCount(Math.round(jobsPerSecond))} jobs/s`,
  ];
  const line = keepStart(words.join('  '), width - 1);
  return counts.dead > 0 ? paint.yellow(line) : paint.cyan(line);
}
