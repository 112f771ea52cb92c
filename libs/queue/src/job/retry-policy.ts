import type { BackoffOptions } from '../queue.options.js';
import { backoffDelayMs, growingDelayMs } from './backoff.js';
import type { DeadReason, FailureReason, JobCounters, SnoozeReason } from './job.js';

/** A kind nobody knows may be known by a deployment under way: it is postponed this long before it is buried. */
export const UNKNOWN_KIND_PATIENCE_MS = 86_400_000;

/** How one run ended, as the dispatcher saw it. */
export type RunEnd =
  | { readonly type: 'completed' }
  | { readonly type: 'failed'; readonly reason: FailureReason }
  | { readonly type: 'snoozed'; readonly reason: SnoozeReason; readonly delayMs?: number };

/** What becomes of the job. */
export type Decision =
  | { readonly verb: 'ack' }
  | { readonly verb: 'retry'; readonly delayMs: number }
  | { readonly verb: 'snooze'; readonly delayMs: number }
  | { readonly verb: 'bury'; readonly reason: DeadReason };

/** What the decision depends on besides the end of the run. */
export interface RetryFacts {
  readonly counters: JobCounters;
  /** Of the job, when its producer gave one. */
  readonly maxRetries?: number;
}

/** The policy of this worker. */
export interface RetryPolicy {
  readonly maxRetries: number;
  readonly backoff: BackoffOptions;
}

const NEVER_RETRIED: ReadonlySet<FailureReason> = new Set([
  'unrecoverable',
  'invalid-payload',
  'malformed-record',
  'record-missing',
  'unknown-kind',
  'cancelled',
]);

/**
 * Decides what becomes of a job after a run. Pure: the same facts and the same random number give the same decision.
 *
 * @param random - a number in [0, 1)
 */
export function decideNext(end: RunEnd, facts: RetryFacts, policy: RetryPolicy, random: number): Decision {
  switch (end.type) {
    case 'completed':
      return { verb: 'ack' };
    case 'snoozed':
      return decideSnooze(end, facts, random);
    case 'failed':
      return decideFailure(end.reason, facts, policy, random);
  }
}

function decideFailure(reason: FailureReason, facts: RetryFacts, policy: RetryPolicy, random: number): Decision {
  if (NEVER_RETRIED.has(reason)) return { verb: 'bury', reason: reason as DeadReason };
  const attempts = facts.counters.attempts + 1;
  if (attempts > (facts.maxRetries ?? policy.maxRetries)) {
    return { verb: 'bury', reason: reason === 'timeout' ? 'timeout' : 'retries-exhausted' };
  }
  return { verb: 'retry', delayMs: backoffDelayMs(attempts, policy.backoff, random) };
}

function decideSnooze(end: RunEnd & { type: 'snoozed' }, facts: RetryFacts, random: number): Decision {
  if (end.delayMs !== undefined) return { verb: 'snooze', delayMs: end.delayMs };
  return { verb: 'snooze', delayMs: growingDelayMs(facts.counters.snoozes, 1_000, 60_000, random) };
}
