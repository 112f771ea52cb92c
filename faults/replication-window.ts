import type { LedgerLine } from './ledger.js';
import type { Violation } from './rules.js';

/** Redis answers before its replicas have a write: what was answered so shortly before a master was lost may be lost, ms. */
const REPLICATION_WINDOW_MS = 1_000;

/** The broken promises that replication does not excuse: nothing was answered for the job within the window before the fault. */
export function outsideWindow(
  violations: readonly Violation[],
  lines: readonly LedgerLine[],
  faultAtMs: number,
): Violation[] {
  const excused = new Set<string>();
  for (const line of lines) {
    if (line.what !== 'enqueue-ok' && line.what !== 'accepted') continue;
    const beforeMs = faultAtMs - line.atMs;
    // a witness may write its line a moment after the answer
    if (beforeMs < REPLICATION_WINDOW_MS && beforeMs > -REPLICATION_WINDOW_MS) excused.add(line.jobId);
  }
  return violations.filter(({ jobId }) => !excused.has(jobId));
}
