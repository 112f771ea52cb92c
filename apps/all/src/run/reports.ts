// What children tell over the channel: written by apps/producer (scan/scan-report.ts) and apps/worker (run-report.ts).

/** So far, at most five times a second. */
export interface ScanProgress {
  readonly type: 'scan-progress';
  readonly found: number;
  readonly produced: number;
  readonly duplicates: number;
  readonly skipped: number;
}

/** Once, when the scan is over. */
export interface ScanDone {
  readonly type: 'scan-done';
  readonly summary: ScanSummary;
}

export interface ScanSummary {
  /** Real path; empty when there was nothing to scan. */
  readonly root: string;
  /** False: something ended the scan before its time. */
  readonly complete: boolean;
  readonly produced: number;
  readonly duplicates: number;
  /** Left out by the globs. */
  readonly excluded: number;
  /** By reason; the examples are safe to print. */
  readonly skipped: Readonly<Record<string, { readonly count: number; readonly examples: readonly string[] }>>;
  readonly perQueue: Readonly<Record<string, { readonly produced: number; readonly duplicates: number }>>;
}

/** Runs that ended, a batch at a time. */
export interface JobEnds {
  readonly type: 'job-ends';
  readonly ends: readonly JobEnd[];
}

export interface JobEnd {
  readonly queue: string;
  readonly kind: string;
  /** `failed`: it will be tried again. */
  readonly outcome: 'completed' | 'failed' | 'dead';
  readonly waitMs: number;
  readonly durationMs: number;
  /** What the job was about, for a person: a file. Not safe to print. */
  readonly label?: string;
}

/** Set for a worker that is to send {@link JobEnds}. */
export const REPORT_SWITCH = { JOBQUEUE_REPORT: '1' };

export type Report = ScanProgress | ScanDone | JobEnds;

/** A child may be of another version and say more: what is not known is not heard. */
export function isReport(message: unknown): message is Report {
  const type = (message as { type?: unknown } | null)?.type;
  return type === 'scan-progress' || type === 'scan-done' || type === 'job-ends';
}
