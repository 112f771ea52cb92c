import { describeFailure, summarise, type FailureFacts } from '../job/failure.js';
import { encodeHistoryTail, type JobHistory } from '../job/job-history.js';
import type { FailureReason, Job, SnoozeReason, TrailEntry } from '../job/job.js';
import { decideNext, type Decision, type RetryPolicy, type RunEnd } from '../job/retry-policy.js';
import type { Settlement } from './claim.js';

/** Most bytes of a result that are kept. */
const RESULT_BYTES = 65_536;

// Its handler never ran, so no attempt is used.
const WITHOUT_HANDLER: ReadonlySet<FailureReason> = new Set(['unknown-kind', 'invalid-payload']);

/** How a run ended, with what the handler gave or threw. */
export type Outcome =
  | { readonly type: 'completed'; readonly result: unknown }
  | { readonly type: 'failed'; readonly reason: FailureReason; readonly failure: FailureFacts }
  | { readonly type: 'snoozed'; readonly reason: SnoozeReason; readonly delayMs?: number }
  | { readonly type: 'released' };

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

/** What is to be sent to Redis for a run that ended so, and the decision behind it (undefined: given back). */
export function settlementFor(
  outcome: Outcome,
  run: RunFacts,
  policy: RetryPolicy,
  random: number,
): { settlement: Settlement; decision?: Decision } {
  if (outcome.type === 'released') return { settlement: { verb: 'release', queue: run.queue } };
  const facts = { counters: run.history, maxRetries: run.job?.maxRetries };
  const decision = decideNext(outcome as RunEnd, facts, policy, random);
  if (decision.verb === 'ack') return { settlement: { verb: 'ack', outcomeTail: outcomeTail(outcome, run) }, decision };
  const settlement: Settlement = {
    verb: decision.verb,
    queue: run.queue,
    delayMs: decision.verb === 'bury' ? 0 : decision.delayMs,
    historyTail: encodeHistoryTail(nextHistory(outcome, run, decision)),
    ...(outcome.type === 'failed' ? { failure: storedFailure(outcome.failure) } : {}),
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
  const isHandlerFailure = isFailed && run.job !== undefined && !WITHOUT_HANDLER.has(outcome.reason);
  return {
    ...history,
    attempts: history.attempts + (isHandlerFailure ? 1 : 0),
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
    fingerprint: failure.fingerprint,
    summary: summarise(failure),
  };
}

function storedFailure({ fingerprint, errorClass, message, stack }: FailureFacts): {
  fingerprint: string;
  json: string;
} {
  return { fingerprint, json: JSON.stringify({ errorClass, message, stack }) };
}
