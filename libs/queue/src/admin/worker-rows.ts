import type { CountAndAge, WorkerInfo } from './overview.js';
import { addCounts, type WorkerEntry } from './overview-reply.js';

/** One row of `read-workers`. */
export type WorkerRow = readonly [
  host: string | null,
  pid: string | null,
  version: string | null,
  queues: string | null,
  slots: string | null,
  startedAtMs: string | null,
  heldJobs: number,
  oldestClaim: string | null,
  leaseMs: string | null,
];

/** Joins what is registered with what the worker says of itself; undefined: it left between the two looks. */
export function readWorker(
  entry: WorkerEntry,
  row: WorkerRow | undefined,
  partition: number,
  nowMs: number,
): WorkerInfo | undefined {
  if (!row) return undefined;
  const [host, pid, version, queues, slots, startedAtMs, heldJobs, oldestClaim, leaseMs] = row;
  if (host === null && heldJobs === 0 && !entry.revoked) return undefined;
  return {
    ...entry,
    partition,
    host: host ?? '',
    pid: Number(pid ?? 0),
    version: version ?? '',
    queues: queues ? queues.split(',') : [],
    slots: Number(slots ?? 0),
    startedAtMs: Number(startedAtMs ?? 0),
    heartbeatAgeMs: leaseMs === null || entry.revoked ? null : Math.max(0, Number(leaseMs) - entry.leaseRemainingMs),
    heldJobs,
    oldestHeldAgeMs: oldestClaim === null ? null : Math.max(0, nowMs - claimedAtMs(oldestClaim)),
  };
}

/** When a claim was made, ms, Redis clock: its number is the time in µs. */
export function claimedAtMs(claimNumber: string): number {
  return Math.floor(Number(claimNumber) / 1_000);
}

/** All jobs that workers hold. */
export function countHeld(workers: readonly WorkerInfo[]): CountAndAge {
  return workers.reduce<CountAndAge>(
    (sum, { heldJobs, oldestHeldAgeMs }) => addCounts(sum, { total: heldJobs, oldestAgeMs: oldestHeldAgeMs }),
    { total: 0, oldestAgeMs: null },
  );
}
