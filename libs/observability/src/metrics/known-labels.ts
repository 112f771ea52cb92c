import type { DeadReason, FailureReason, SnoozeReason } from '@app/queue';

/** What a label says when its value is not on the list: labels stay few, whatever a producer sends. */
export const OTHER = 'other';

/** Every reason of `jobs_failed_total`; the compiler holds it complete. */
export const FAILURE_REASONS = keys<FailureReason>({
  error: 1,
  timeout: 1,
  unrecoverable: 1,
  'invalid-payload': 1,
  'unknown-kind': 1,
  'malformed-record': 1,
  'record-missing': 1,
  cancelled: 1,
});

/** Every reason of `jobs_dead_letter_total`; the compiler holds it complete. */
export const DEAD_REASONS = keys<DeadReason>({
  'retries-exhausted': 1,
  timeout: 1,
  unrecoverable: 1,
  'invalid-payload': 1,
  'unknown-kind': 1,
  'malformed-record': 1,
  'record-missing': 1,
  'worker-lost': 1,
  unmovable: 1,
  orphaned: 1,
  cancelled: 1,
});

/** Every reason of `jobs_snoozed_total`; the compiler holds it complete. */
export const SNOOZE_REASONS = keys<SnoozeReason>({
  handler: 1,
  'unknown-kind': 1,
  'unknown-version': 1,
  'breaker-open': 1,
  'kind-limit': 1,
  'still-running': 1,
});

/** Every reason of `enqueue_refused_total`: why Redis refused, a full queue, and `unknown` (no answer in time). */
export const REFUSAL_REASONS = [
  'out-of-memory',
  'read-only',
  'disk',
  'loading',
  'unreachable',
  'stale-sequence',
  'error',
  'queue-full',
  'unknown',
] as const;

// The kind of such a run is whatever a producer wrote: no handler has it, or nobody could read it.
const REASONS_WITHOUT_HANDLER: ReadonlySet<FailureReason | SnoozeReason> = new Set([
  'unknown-kind',
  'unknown-version',
  'malformed-record',
  'record-missing',
]);

/** Whether a run with this end was one of a kind that has a handler: only such kinds become labels. */
export function hasHandler(reason: FailureReason | SnoozeReason): boolean {
  return !REASONS_WITHOUT_HANDLER.has(reason);
}

function keys<K extends string>(complete: Record<K, 1>): readonly K[] {
  return Object.keys(complete) as K[];
}
