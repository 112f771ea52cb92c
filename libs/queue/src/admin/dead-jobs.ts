import { QueueError } from '../errors/queue-error.js';
import type { DeadReason, JobCounters } from '../job/job.js';
import { decodeHeader } from '../job/job-codec.js';
import { decodeHistory } from '../job/job-history.js';

/** One dead job as a selection names it: only this death is meant, not a later one of the same job (rule 17). */
export interface DeadEntry {
  readonly id: string;
  readonly diedAtMs: number;
}

/** A dead job, without its payload. */
export interface DeadJob extends DeadEntry, JobCounters {
  readonly partition: number;
  /** Of the record; null: it is missing or unreadable. */
  readonly queue: string | null;
  readonly kind: string | null;
  readonly createdAtMs: number | null;
  readonly reason: DeadReason | null;
  /** Class and message of its last failure, cut; null: it died without one. */
  readonly lastFailure: string | null;
  /** Key of that failure. */
  readonly fingerprint: string | null;
}

/** Jobs in the order they died, oldest first. `cursor` leads to the next page; null: there is none. */
export interface DeadPage {
  readonly jobs: readonly DeadJob[];
  readonly cursor: string | null;
}

/** Most dead jobs a page holds. */
export const DEAD_PAGE_LIMIT = 500;
/** Most bytes of records one call reads to cut their first lines, or to hand them out: more would hold up workers. */
export const RECORD_BYTES_A_PAGE = 1_048_576;

/** The reply of `list-dead` for facts. */
export type DeadReply = readonly [more: number, rows: readonly DeadRow[]];

/** One row of it. */
export type DeadRow = readonly [id: string, diedAt: string, header: string | null, history: string | null];

/** Per partition: the last entry that was handed out; null: none yet. */
export type DeadPosition = readonly (readonly [diedAt: string, id: string] | null)[];

/** Reads one row. */
export function readDeadJob([id, diedAt, line, history]: DeadRow, partition: number): DeadJob {
  const { queue = null, kind = null, createdAtMs = null } = (line === null ? undefined : decodeHeader(line)) ?? {};
  const { dueAtMs: _, trail, reason = null, ...counters } = decodeHistory(history);
  const last = trail.at(-1);
  return {
    id,
    diedAtMs: Number(diedAt),
    partition,
    queue,
    kind,
    createdAtMs,
    reason,
    lastFailure: last?.summary ?? null,
    fingerprint: last?.fingerprint ?? null,
    ...counters,
  };
}

/** What one partition has for a page. */
export interface PartitionPage {
  readonly jobs: readonly DeadJob[];
  readonly hasMore: boolean;
}

/** Merges a page of each partition into one, and says where each partition goes on. */
export function mergeDeadPages(pages: readonly PartitionPage[], from: DeadPosition, limit: number): DeadPage {
  const horizon = Math.min(...pages.map(({ jobs, hasMore }) => (hasMore ? (jobs.at(-1)?.diedAtMs ?? -1) : Infinity)));
  const all = pages
    .flatMap((page) => page.jobs.filter(({ diedAtMs }) => diedAtMs <= horizon))
    .sort((one, other) => one.diedAtMs - other.diedAtMs || one.partition - other.partition);
  const jobs = all.slice(0, limit);
  const isLast = all.length <= limit && pages.every(({ hasMore }) => !hasMore);
  return { jobs, cursor: isLast ? null : encodeCursor(advance(from, jobs)) };
}

function advance(from: DeadPosition, jobs: readonly DeadJob[]): DeadPosition {
  const position = [...from];
  for (const { partition, diedAtMs, id } of jobs) position[partition] = [String(diedAtMs), id];
  return position;
}

function encodeCursor(position: DeadPosition): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/**
 * The position a cursor stands for; without a cursor, the start.
 *
 * @throws {QueueError} `invalid-options`: it is not a cursor of this queue.
 */
export function decodeCursor(cursor: string | undefined, partitions: number): DeadPosition {
  if (cursor === undefined) return Array.from({ length: partitions }, () => null);
  try {
    const position = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown;
    if (Array.isArray(position) && position.length === partitions && position.every(isPlace))
      return position as DeadPosition;
  } catch {
    // not JSON: refused below, like every other text that is not a cursor
  }
  throw new QueueError('invalid-options', `cursor: found "${cursor}", expected one that a page of this queue gave`);
}

function isPlace(value: unknown): boolean {
  return (
    value === null ||
    (Array.isArray(value) &&
      value.length === 2 &&
      /^\d+(\.\d+)?$/.test(String(value[0])) &&
      typeof value[1] === 'string')
  );
}
