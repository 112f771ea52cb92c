import { build, type Histogram } from 'hdr-histogram-js';
import type { JobEnd, Report, ScanSummary } from './reports.js';

/** Jobs of one queue. `failed` counts attempts, so one job may add several; `dead` counts jobs. */
export interface QueueCounts {
  produced: number;
  completed: number;
  failed: number;
  dead: number;
}

export interface Percentiles {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

export interface SlowJob {
  readonly label: string;
  readonly durationMs: number;
}

const SLOWEST_KEPT = 5;
/** Histograms count in µs, up to a day; longer counts as a day. */
const LONGEST_US = 86_400_000_000;

/** What the children reported, added up. Its size does not depend on the number of jobs. */
export class Tally {
  private readonly queues = new Map<string, QueueCounts>();
  private readonly waits = histogram();
  private readonly runs = histogram();
  private slow: SlowJob[] = [];
  private producedSoFar = 0;
  private summary: ScanSummary | undefined;
  private firstReportMs: number | undefined;
  private lastEndMs: number | undefined;

  /** @param names - the queues, in the order in which they are shown. */
  constructor(names: readonly string[]) {
    for (const name of names) this.countsOf(name);
  }

  /** @param nowMs - a clock that only goes forward. */
  add(report: Report, nowMs: number): void {
    this.firstReportMs ??= nowMs;
    if (report.type === 'scan-progress') this.producedSoFar = report.produced;
    else if (report.type === 'scan-done') this.addScan(report.summary);
    else for (const end of report.ends) this.addEnd(end, nowMs);
  }

  /** `undefined` until the scan is over. */
  get scan(): ScanSummary | undefined {
    return this.summary;
  }

  get total(): Readonly<QueueCounts> {
    const sum = emptyCounts();
    for (const counts of this.queues.values()) {
      for (const key of ['completed', 'failed', 'dead'] as const) sum[key] += counts[key];
    }
    return { ...sum, produced: this.producedSoFar };
  }

  byQueue(): readonly (Readonly<QueueCounts> & { readonly queue: string })[] {
    return [...this.queues].map(([queue, counts]) => ({ queue, ...counts }));
  }

  wait(): Percentiles | undefined {
    return percentiles(this.waits);
  }

  run(): Percentiles | undefined {
    return percentiles(this.runs);
  }

  /** The longest runs, the longest first. */
  slowest(): readonly SlowJob[] {
    return this.slow;
  }

  /** From the first report to the last job that ended. */
  get durationMs(): number {
    return (this.lastEndMs ?? this.firstReportMs ?? 0) - (this.firstReportMs ?? 0);
  }

  private addScan(summary: ScanSummary): void {
    this.summary = summary;
    this.producedSoFar = summary.produced;
    for (const [queue, { produced }] of Object.entries(summary.perQueue)) this.countsOf(queue).produced = produced;
  }

  private addEnd({ queue, kind, outcome, waitMs, durationMs, label = kind }: JobEnd, nowMs: number): void {
    const counts = this.countsOf(queue);
    if (outcome === 'completed') counts.completed += 1;
    if (outcome !== 'completed') counts.failed += 1;
    if (outcome === 'dead') counts.dead += 1;
    record(this.waits, waitMs);
    record(this.runs, durationMs);
    this.lastEndMs = nowMs;
    if (durationMs <= (this.slow[SLOWEST_KEPT - 1]?.durationMs ?? -1)) return;
    this.slow = [...this.slow, { label, durationMs }]
      .sort((a, b) => b.durationMs - a.durationMs)
      .slice(0, SLOWEST_KEPT);
  }

  private countsOf(queue: string): QueueCounts {
    const counts = this.queues.get(queue) ?? emptyCounts();
    this.queues.set(queue, counts);
    return counts;
  }
}

function emptyCounts(): QueueCounts {
  return { produced: 0, completed: 0, failed: 0, dead: 0 };
}

function histogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: LONGEST_US, numberOfSignificantValueDigits: 3 });
}

function record(into: Histogram, ms: number): void {
  into.recordValue(Math.min(LONGEST_US, Math.max(0, Math.round(ms * 1_000))));
}

function percentiles(from: Histogram): Percentiles | undefined {
  if (from.totalCount === 0) return undefined;
  return { p50Ms: from.getValueAtPercentile(50) / 1_000, p95Ms: from.getValueAtPercentile(95) / 1_000 };
}
