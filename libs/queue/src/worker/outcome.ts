import type { BenchAddress } from '../job/bench-job.js';
import { describeFailure, summarise, type FailureFacts } from '../job/failure.js';
import { encodeHistoryTail, type JobHistory } from '../job/job-history.js';
import type { FailureReason, Job, SnoozeReason, TrailEntry } from '../job/job.js';
import { decideNext, type Decision, type RetryPolicy, type RunEnd } from '../job/retry-policy.js';
import type { Settlement, StoredFailure } from './claim.js';

/** Most bytes of a result that are kept. */
const RESULT_BYTES = 65_536;

// Its handler never ran, or was told to stop: no attempt is used.
const WITHOUT_ATTEMPT: ReadonlySet<FailureReason> = new Set(['unknown-kind', 'invalid-payload', 'cancelled']);

/** How a run ended, with what the handler gave or threw. */
export type Outcome =
  | { readonly type: 'completed'; readonly result: unknown }
  | { readonly type: 'failed'; readonly reason: FailureReason; readonly failure: FailureFacts }
  | { readonly type: 'snoozed'; readonly reason: SnoozeReason; readonly delayMs?: number }
  | { readonly type: 'released' }
  /** A job of a benchmark: the worker itself was its handler. */
  | { readonly type: 'answered'; readonly address: BenchAddress | undefined };

/** What is known of a run besides its end. */
export interface RunFacts {
  /** Undefined when the record could not be read. */
  readonly job: Job | undefined;
  readonly history: JobHistory;
  readonly workerId: string;
  /** Index of the job's queue among those served, from 1. */
  readonly queue: number;
  readonly durationMs: number;
  readonly nowMs: number;
}

/** A failed outcome from anything thrown. */
export function failedBy(reason: FailureReason, thrown: unknown): Outcome {
  return { type: 'failed', reason, failure: describeFailure(thrown) };
}

/** What is to be sent to Redis for a run that ended so, and the decision behind it (undefined: given back, or set aside). */
export function settlementFor(
  outcome: Outcome,
  run: RunFacts,
  policy: RetryPolicy,
  random: number,
): { settlement: Settlement; decision?: Decision } {
  if (outcome.type === 'released') return { settlement: { verb: 'release', queue: run.queue } };
  if (outcome.type === 'answered') return { settlement: { verb: 'answer', address: outcome.address } };
  if (outcome.type === 'snoozed' && outcome.reason === 'breaker-open' && run.job)
    return { settlement: { verb: 'park', queue: run.queue, kind: run.job.kind } };
  const facts = { counters: run.history, maxRetries: run.job?.maxRetries };
  const decision = decideNext(outcome as RunEnd, facts, policy, random);
  if (decision.verb === 'ack') return { settlement: { verb: 'ack', outcomeTail: outcomeTail(outcome, run) }, decision };
  const settlement: Settlement = {
    verb: decision.verb,
    queue: run.queue,
    delayMs: decision.verb === 'bury' ? 0 : decision.delayMs,
    historyTail: encodeHistoryTail(nextHistory(outcome, run, decision)),
    ...(outcome.type === 'failed' && isError(outcome.reason) ? { failure: storedFailure(outcome.failure) } : {}),
  };
  return { settlement, decision };
}

function outcomeTail(outcome: Outcome, run: RunFacts): string {
  return `${Math.round(run.durationMs)} ${run.workerId}\n${outcome.type === 'completed' ? resultText(outcome.result) : ''}`;
}

function resultText(result: unknown): string {
  if (result === undefined) return '';
  try {
    const text = JSON.stringify(result) ?? '';
    const bytes = text.length * 3 > RESULT_BYTES ? Buffer.byteLength(text) : 0;
    return bytes > RESULT_BYTES ? JSON.stringify({ truncated: true, bytes }) : text;
  } catch (error) {
    return JSON.stringify({ unserializable: String(error) });
  }
}

function nextHistory(outcome: Outcome, run: RunFacts, decision: Decision): JobHistory {
  const { history } = run;
  const isFailed = outcome.type === 'failed';
  const usesAttempt = isFailed && run.job !== undefined && !WITHOUT_ATTEMPT.has(outcome.reason);
  const isNormal = usesAttempt || (outcome.type === 'snoozed' && outcome.reason === 'handler');
  return {
    ...history,
    attempts: history.attempts + (usesAttempt ? 1 : 0),
    // rule 20: an end that the handler itself came to clears all crashes; a dead job keeps them for people to read
    crashes: isNormal && decision.verb !== 'bury' ? 0 : history.crashes,
    snoozes: outcome.type === 'snoozed' ? history.snoozes + 1 : isFailed ? 0 : history.snoozes,
    ...(decision.verb === 'bury' ? { reason: decision.reason } : {}),
    trail: isFailed ? [...history.trail, trailEntry(outcome.reason, outcome.failure, run)] : history.trail,
  };
}

function trailEntry(what: FailureReason, failure: FailureFacts, run: RunFacts): TrailEntry {
  return {
    atMs: run.nowMs,
    workerId: run.workerId,
    what,
    ...(isError(what) ? { fingerprint: failure.fingerprint } : {}),
    summary: isError(what) ? summarise(failure) : failure.message,
  };
}

/** A cancel is nobody's mistake: it is kept in the trail, not among the errors. */
function isError(reason: FailureReason): boolean {
  return reason !== 'cancelled';
}

/** What was made last: the same failure is described by the same object. */
let last: { readonly of: FailureFacts; readonly stored: StoredFailure } | undefined;

function storedFailure(failure: FailureFacts): StoredFailure {
  if (last?.of === failure) return last.stored;
  const { fingerprint, errorClass, message, stack } = failure;
  const stored = { fingerprint, json: JSON.stringify({ errorClass, message, stack }) };
  last = { of: failure, stored };
  return stored;
}
