import { decodeBreakers } from '../job/breaker-text.js';
import { decodeHeader } from '../job/job-codec.js';
import { decodeHistory } from '../job/job-history.js';
import type { BreakerState } from '../job/job.js';
import type { BreakerInfo, CountAndAge, PauseInfo, QueueCounts } from './overview.js';
import type { ParkedList } from './parked.js';
import { decodePause } from './pause.js';
import { olderOf, pairsOf } from './reply.js';

const SEVERITY: readonly BreakerState[] = ['closed', 'half-open', 'open'];

/** The reply of `overview`, and its rows: what is missing is null. */
export type OverviewReply = readonly [
  nowMs: number,
  completed: number,
  dead: number,
  oldestDiedAt: string | null,
  paused: string[],
  workers: string[],
  revoked: string[],
  breakers: string,
  rows: readonly QueueRow[],
];

type QueueRow = readonly [
  ready: number,
  scheduled: number,
  overdue: number,
  firstDueAt: string | null,
  header: string | null,
  history: string | null,
  quarantined: number,
];

/** A worker that is, or was, registered in one partition. */
export interface WorkerEntry {
  readonly workerId: string;
  readonly leaseRemainingMs: number;
  readonly revoked: boolean;
}

/** One partition, read. */
export interface PartitionOverview {
  readonly nowMs: number;
  readonly completed: number;
  readonly dead: CountAndAge;
  readonly queues: readonly QueueCounts[];
  readonly workers: readonly WorkerEntry[];
  readonly breakers: readonly BreakerInfo[];
}

/** Reads the reply of one partition, and its lists of parked jobs. `names` are the queues in the order of their keys. */
export function readOverview(
  reply: OverviewReply,
  names: readonly string[],
  parked: readonly ParkedList[],
): PartitionOverview {
  const [nowMs, completed, dead, oldestDiedAt, paused, workers, revoked, breakers, rows] = reply;
  const pauses = new Map(pairsOf(paused).map(([queue, text]) => [queue, decodePause(text)]));
  return {
    nowMs,
    completed,
    dead: { total: dead, oldestAgeMs: oldestDiedAt === null ? null : ageMs(nowMs, Number(oldestDiedAt)) },
    queues: rows.map((row, index) => readQueue(row, names[index] ?? '', nowMs, pauses, parked)),
    workers: [
      ...pairsOf(workers).map(([workerId, deadline]) => ({
        workerId,
        leaseRemainingMs: Number(deadline) - nowMs,
        revoked: false,
      })),
      ...pairsOf(revoked).map(([workerId]) => ({ workerId, leaseRemainingMs: 0, revoked: true })),
    ],
    breakers: decodeBreakers(breakers).map(({ kind, state }) => ({
      kind,
      state,
      parked: countIn(parked.filter((list) => list.kind === kind)),
    })),
  };
}

/** All partitions together, kind by kind. */
export function sumBreakers(partitions: readonly PartitionOverview[]): BreakerInfo[] {
  const sums = new Map<string, BreakerInfo>();
  for (const one of partitions.flatMap(({ breakers }) => breakers)) {
    const { state, parked } = sums.get(one.kind) ?? { state: 'closed', parked: 0 };
    sums.set(one.kind, { kind: one.kind, state: worseOf(state, one.state), parked: parked + one.parked });
  }
  return [...sums.values()];
}

/** All partitions together, queue by queue. A queue counts as paused when it is in any partition. */
export function sumQueues(partitions: readonly PartitionOverview[]): QueueCounts[] {
  const [first, ...others] = partitions.map(({ queues }) => queues);
  return others.reduce<QueueCounts[]>(
    (sum, queues) => sum.map((queue, index) => addQueues(queue, queues[index])),
    [...(first ?? [])],
  );
}

/** Two counts as one. */
export function addCounts(one: CountAndAge, other: CountAndAge): CountAndAge {
  return { total: one.total + other.total, oldestAgeMs: olderOf(one.oldestAgeMs, other.oldestAgeMs) };
}

function addQueues(one: QueueCounts, other: QueueCounts | undefined): QueueCounts {
  if (!other) return one;
  return {
    name: one.name,
    ready: one.ready + other.ready,
    quarantined: one.quarantined + other.quarantined,
    parked: one.parked + other.parked,
    scheduled: one.scheduled + other.scheduled,
    overdue: one.overdue + other.overdue,
    oldestDueAgeMs: olderOf(one.oldestDueAgeMs, other.oldestDueAgeMs),
    paused: one.paused ?? other.paused,
  };
}

function readQueue(
  row: QueueRow,
  name: string,
  nowMs: number,
  pauses: ReadonlyMap<string, PauseInfo>,
  lists: readonly ParkedList[],
): QueueCounts {
  const [open, scheduled, overdue, firstDueAt, header, history, quarantined] = row;
  const own = lists.filter(({ queue }) => queue === name);
  const parked = countIn(own);
  const ready = open + quarantined + parked;
  const heads = [{ header, history }, ...own].flatMap((head) => dueAtMs(head) ?? []);
  const sinceReady = heads.length === 0 ? null : Math.min(...heads);
  const sinceScheduled = overdue === 0 || firstDueAt === null ? null : Number(firstDueAt);
  const oldestDueAgeMs = olderOf(
    sinceReady === null ? null : ageMs(nowMs, sinceReady),
    sinceScheduled === null ? null : ageMs(nowMs, sinceScheduled),
  );
  return { name, ready, quarantined, parked, scheduled, overdue, oldestDueAgeMs, paused: pauses.get(name) ?? null };
}

function countIn(lists: readonly ParkedList[]): number {
  return lists.reduce((sum, { count }) => sum + count, 0);
}

function worseOf(one: BreakerState, other: BreakerState): BreakerState {
  return SEVERITY.indexOf(one) > SEVERITY.indexOf(other) ? one : other;
}

/** When a ready job was last made due, ms; null: its record is unreadable. */
function dueAtMs({ header, history }: { header: string | null; history: string | null }): number | null {
  const facts = header === null ? undefined : decodeHeader(header);
  if (!facts) return null;
  return Math.max(facts.dueAtMs, decodeHistory(`${history ?? ''}\n`).dueAtMs);
}

function ageMs(nowMs: number, sinceMs: number): number {
  return Math.max(0, nowMs - sinceMs);
}
