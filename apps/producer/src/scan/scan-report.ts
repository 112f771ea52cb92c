import { printable } from './printable.js';

/** Why something in the folder did not become a job. Files left out by the globs are no such case: they are only counted. */
export type SkipReason =
  | 'symlink'
  | 'symlink-broken'
  | 'symlink-outside'
  | 'symlink-circle'
  | 'not-a-file'
  | 'unreadable'
  | 'vanished'
  | 'not-utf8'
  | 'too-deep'
  | 'too-many-entries'
  | 'refused';

/** How often it happened, and the first few paths with what the system said, safe to print. */
export interface SkipSummary {
  readonly count: number;
  readonly examples: readonly string[];
}

/** What happened so far. `found` = `produced` + `duplicates` + files refused or under way. */
export interface ScanCounts {
  /** Regular, readable files that the globs take. */
  readonly found: number;
  /** Jobs that Redis stored. */
  readonly produced: number;
  /** Files that were enqueued before and have not changed since. */
  readonly duplicates: number;
  /** All reasons together. */
  readonly skipped: number;
}

/** The result of one scan. */
export interface ScanSummary {
  /** Real path of the folder; empty when there was none to scan. */
  readonly root: string;
  /** False: a shutdown, a cap or an error ended the scan before its time. */
  readonly complete: boolean;
  readonly durationMs: number;
  readonly found: number;
  readonly produced: number;
  readonly duplicates: number;
  /** Left out by the globs. */
  readonly excluded: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, SkipSummary>>>;
  readonly perQueue: Readonly<Record<string, { readonly produced: number; readonly duplicates: number }>>;
}

/** To a supervisor, at most five times a second while the scan runs. */
export type ScanProgressMessage = { readonly type: 'scan-progress' } & ScanCounts;
/** To a supervisor, once: also by a producer that has nothing to scan. */
export interface ScanDoneMessage {
  readonly type: 'scan-done';
  readonly summary: ScanSummary;
}

const MAX_EXAMPLES = 5;

/** Counts what a scan does. Its size depends on the number of reasons and queues, never on the number of files. */
export class ScanReport {
  private readonly startedMs = performance.now();
  private readonly skips = new Map<SkipReason, { count: number; examples: string[] }>();
  private readonly queues = new Map<string, { produced: number; duplicates: number }>();
  private found = 0;
  private excluded = 0;

  addFound(): void {
    this.found += 1;
  }

  addExcluded(): void {
    this.excluded += 1;
  }

  /** @param detail - what the system said: an error code. */
  addSkipped(reason: SkipReason, path: string | Buffer, detail?: string): void {
    const entry = this.skips.get(reason) ?? { count: 0, examples: [] };
    entry.count += 1;
    if (entry.examples.length < MAX_EXAMPLES) entry.examples.push(`${printable(path)}${detail ? ` (${detail})` : ''}`);
    this.skips.set(reason, entry);
  }

  addEnqueued(queue: string, outcome: 'produced' | 'duplicates'): void {
    const entry = this.queues.get(queue) ?? { produced: 0, duplicates: 0 };
    entry[outcome] += 1;
    this.queues.set(queue, entry);
  }

  counts(): ScanCounts {
    const queues = [...this.queues.values()];
    return {
      found: this.found,
      produced: sum(queues.map((queue) => queue.produced)),
      duplicates: sum(queues.map((queue) => queue.duplicates)),
      skipped: sum([...this.skips.values()].map((skip) => skip.count)),
    };
  }

  summary(root: string, complete: boolean): ScanSummary {
    const { skipped: _total, ...counts } = this.counts();
    return {
      root,
      complete: complete && !this.skips.has('too-many-entries'),
      durationMs: Math.round(performance.now() - this.startedMs),
      ...counts,
      excluded: this.excluded,
      skipped: Object.fromEntries(this.skips),
      perQueue: Object.fromEntries(this.queues),
    };
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
