import { QueueError } from '../errors/queue-error.js';
import type { DeadReason, JobCounters } from '../job/job.js';
import { decodeHistory } from '../job/job-history.js';
import type { QueueKeys } from '../redis/queue-keys.js';
import { decodeOutcome, type StoredOutcome } from './stored-outcome.js';
import { StoredRecord } from './stored-record.js';

/** Where one can look without asking for an id. */
export type PeekPlace = 'ready' | 'quarantine' | 'parked' | 'scheduled' | 'dead' | 'completed';

/** What to look at. */
export interface PeekRequest {
  readonly place: PeekPlace;
  /** For all but `dead` and `completed`; default: all queues, in the order of `queue.names`. */
  readonly queue?: string;
  /** 1 to {@link PEEK_LIMIT}. */
  readonly count: number;
}

/** A job as seen in its place. */
export interface PeekedJob extends JobCounters {
  readonly id: string;
  readonly partition: number;
  readonly state: PeekPlace;
  /** Of the record; null: it is missing or unreadable. */
  readonly queue: string | null;
  readonly kind: string | null;
  readonly createdAtMs: number | null;
  /** Ready: due since. Scheduled: due at. Dead: died at. Completed: finished at. ms, Redis clock. */
  readonly atMs: number;
  /** Why it is dead. */
  readonly reason: DeadReason | null;
  readonly outcome: StoredOutcome | null;
  /** At most the first {@link PEEKED_RECORD_BYTES}. */
  readonly record: StoredRecord;
}

/** Most jobs one peek shows. */
export const PEEK_LIMIT = 500;
/** Most bytes of a record that a peek reads. */
export const PEEKED_RECORD_BYTES = 8_192;

/** One row of `peek`. */
export type PeekRow = readonly [
  id: string,
  score: string | null,
  record: string | null,
  bytes: number,
  history: string | null,
  outcome: string | null,
];

/** The container of a place, and the end of it that comes first. @param kind - of parked jobs: they lie by kind. */
export function placeOf(keys: QueueKeys, place: PeekPlace, queue: string, kind = ''): { key: string; from: string } {
  switch (place) {
    case 'ready':
      return { key: keys.ready(queue), from: 'right' };
    case 'quarantine':
      return { key: keys.quarantine(queue), from: 'right' };
    case 'parked':
      return { key: keys.parked(queue, kind), from: 'right' };
    case 'scheduled':
      return { key: keys.scheduled(queue), from: 'lowest' };
    case 'dead':
      return { key: keys.dead, from: 'highest' };
    case 'completed':
      return { key: keys.completed, from: 'left' };
  }
}

/** Reads one row. */
export function readPeeked(row: PeekRow, partition: number, state: PeekPlace): PeekedJob {
  const [id, score, text, bytes, history, outcomeText] = row;
  const record = new StoredRecord(id, text, bytes > PEEKED_RECORD_BYTES ? bytes : undefined);
  const { dueAtMs, trail: _, reason = null, ...counters } = decodeHistory(history);
  const { queue = null, kind = null, createdAtMs = null, dueAtMs: wantedAtMs = 0 } = record.header ?? {};
  const outcome = decodeOutcome(outcomeText);
  const atMs = score === null ? (outcome?.finishedAtMs ?? Math.max(wantedAtMs, dueAtMs)) : Number(score);
  return { id, partition, state, queue, kind, createdAtMs, atMs, reason, outcome, record, ...counters };
}

/**
 * Merges what the partitions have, each in its own order, into one list: earliest first, latest first for what is over
 * (dead, completed).
 */
export function mergePeeked(lists: readonly PeekedJob[][], place: PeekPlace, count: number): PeekedJob[] {
  const sign = place === 'dead' || place === 'completed' ? -1 : 1;
  const left = lists.map((list) => [...list]);
  const merged: PeekedJob[] = [];
  while (merged.length < count) {
    const heads = left.filter((list) => list.length > 0);
    if (heads.length === 0) break;
    const next = heads.reduce((best, list) => (sign * (headOf(list) - headOf(best)) < 0 ? list : best));
    merged.push(...next.splice(0, 1));
  }
  return merged;
}

/** @throws {QueueError} `invalid-options`: more than one call may read, or nothing. */
export function checkCount(count: number, limit: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= limit) return;
  throw new QueueError('invalid-options', `count: found ${count}, expected a whole number from 1 to ${limit}`);
}

function headOf(list: readonly PeekedJob[]): number {
  return list[0]?.atMs ?? 0;
}
