import type { DeadReason, JobCounters, TrailEntry } from '../job/job.js';
import { decodeCancelRequest } from '../job/cancel-request.js';
import { decodeHistory } from '../job/job-history.js';
import type { JobState } from '../job/job-state.js';
import { pairsOf } from './reply.js';
import { decodeOutcome, type StoredOutcome } from './stored-outcome.js';
import { StoredRecord } from './stored-record.js';
import { claimedAtMs } from './worker-rows.js';

/** All that is known of one job. Times in ms, Redis clock; null: does not apply, or cannot be read. */
export interface JobDetails extends JobCounters {
  readonly id: string;
  readonly partition: number;
  readonly state: JobState;
  readonly queue: string | null;
  readonly kind: string | null;
  readonly createdAtMs: number | null;
  /** Payload, headers and options, when they are asked for. */
  readonly record: StoredRecord;
  readonly trail: readonly DetailedTrailEntry[];
  /** Scheduled: earliest start. */
  readonly runAtMs: number | null;
  /** Processing: who holds it, since when, and whether it is being taken back. */
  readonly claim: HeldClaim | null;
  /** Dead: since when, why. */
  readonly death: { readonly diedAtMs: number; readonly reason: DeadReason | null } | null;
  readonly outcome: StoredOutcome | null;
}

/** A job in the hands of a worker. */
export interface HeldClaim {
  readonly workerId: string;
  /** What the worker settles it with. */
  readonly number: number;
  readonly claimedAtMs: number;
  readonly revoked: boolean;
  /** Who asked for its end, and why; null: nobody. */
  readonly cancelRequest: string | null;
}

/** A trail entry with the error it names; null: a crash, or the error was not kept. */
export interface DetailedTrailEntry extends TrailEntry {
  readonly failure: StoredFailure | null;
}

/** An error, stored once for all jobs that met it. */
export interface StoredFailure {
  readonly errorClass: string;
  readonly message: string;
  readonly stack: string;
  readonly count: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

/** The reply of `find-job`. */
export type FindReply = readonly [
  state: JobState | 'absent',
  record: string | null,
  history: string | null,
  outcome: string | null,
  score: string | null,
  where: number,
  failures: string[],
  cancelRequest: string | null,
];

/** Where the keys of one look-up lead. */
export interface FoundIn {
  readonly partition: number;
  /** Named by `where`: the queue or the worker of each variable key, in order. */
  readonly places: readonly string[];
  readonly revoked: ReadonlySet<string>;
}

/** Reads the reply of `find-job`; undefined: this partition does not know the id. */
export function readDetails(
  id: string,
  reply: FindReply,
  { partition, places, revoked }: FoundIn,
): JobDetails | undefined {
  const [state, text, history, outcome, score, where, failures, request] = reply;
  if (state === 'absent') return undefined;
  const record = new StoredRecord(id, text);
  const place = places[where - 1] ?? null;
  const { dueAtMs: _, trail, reason = null, ...counters } = decodeHistory(history);
  return {
    id,
    partition,
    state,
    queue: record.header?.queue ?? (state === 'scheduled' || state === 'ready' ? place : null),
    kind: record.header?.kind ?? null,
    createdAtMs: record.header?.createdAtMs ?? null,
    record,
    ...counters,
    trail: joinFailures(trail, failures),
    runAtMs: state === 'scheduled' ? Number(score) : null,
    claim:
      state === 'processing' && place
        ? {
            workerId: place,
            number: Number(score),
            claimedAtMs: claimedAtMs(score ?? '0'),
            revoked: revoked.has(place),
            cancelRequest: cancelRequestOf(request, Number(score)),
          }
        : null,
    death: state === 'dead' ? { diedAtMs: Number(score), reason } : null,
    outcome: decodeOutcome(outcome),
  };
}

/** A request for an older claim says nothing about this one. */
function cancelRequestOf(text: string | null, claim: number): string | null {
  const request = text === null ? null : decodeCancelRequest(text);
  return request?.number === claim ? request.summary : null;
}

function joinFailures(trail: readonly TrailEntry[], failures: readonly string[]): DetailedTrailEntry[] {
  const stored = new Map(pairsOf(failures));
  return trail.map((entry) => ({ ...entry, failure: decodeFailure(stored.get(entry.fingerprint ?? '')) }));
}

/** Reads a stored error; null: there is none, or it is unreadable. */
export function decodeFailure(text: string | null | undefined): StoredFailure | null {
  const match = /^(\d+) (\d+) (\d+)\n([^]*)$/.exec(text ?? '');
  if (!match) return null;
  const [, count, firstSeenMs, lastSeenMs, json = ''] = match;
  const { errorClass = '', message = '', stack = '' } = parseFailure(json);
  return {
    errorClass,
    message,
    stack,
    count: Number(count),
    firstSeenMs: Number(firstSeenMs),
    lastSeenMs: Number(lastSeenMs),
  };
}

function parseFailure(json: string): Partial<StoredFailure> {
  try {
    return JSON.parse(json) as Partial<StoredFailure>;
  } catch {
    return { message: json };
  }
}
