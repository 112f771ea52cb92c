import type { QueueOverview } from '@app/queue';
import { formatAge, formatCount } from '../output/units.js';

/** Due jobs are promoted within a second or two by any worker; longer means that nobody does it. */
const OVERDUE_MS = 10_000;
const MEMORY_SHARE = 0.9;

/** What a person must not overlook in an overview, each with the next step. Empty: nothing stands out. */
export function remarksOn(overview: QueueOverview): string[] {
  return [
    ...workerRemarks(overview),
    ...queueRemarks(overview),
    ...redisRemarks(overview),
    ...(overview.dead.total > 0 ? [deadRemark(overview)] : []),
  ];
}

function workerRemarks({ workers, queues, processing }: QueueOverview): string[] {
  const waiting = queues.reduce((sum, { ready, scheduled }) => sum + ready + scheduled, 0);
  if (workers.length === 0 && waiting + processing.total > 0) return ['jobs wait and no worker is registered: start one'];
  return workers.filter(({ leaseRemainingMs, revoked }) => revoked || leaseRemainingMs <= 0).map(
    ({ workerId, heldJobs }) => `worker ${workerId} lost its lease: another worker takes over its ${formatCount(heldJobs)} jobs`,
  );
}

function queueRemarks({ queues, workers }: QueueOverview): string[] {
  return queues.flatMap(({ name, ready, overdue, oldestDueAgeMs, paused }) => [
    ...(paused && ready > 0 ? [`queue ${name} is paused and ${formatCount(ready)} jobs wait in it`] : []),
    ...(overdue > 0 && workers.length > 0 && (oldestDueAgeMs ?? 0) > OVERDUE_MS && !paused
      ? [`queue ${name}: ${formatCount(overdue)} jobs are overdue: does a worker serve this queue?`]
      : []),
  ]);
}

function redisRemarks({ redis }: QueueOverview): string[] {
  const { evictionPolicy, usedMemoryBytes, maxMemoryBytes } = redis;
  const isFull = maxMemoryBytes > 0 && usedMemoryBytes >= MEMORY_SHARE * maxMemoryBytes;
  return [
    ...(evictionPolicy === 'noeviction' ? [] : [`Redis may evict jobs (${evictionPolicy}): set maxmemory-policy to noeviction`]),
    ...(isFull ? ['Redis memory is nearly full: new jobs will be refused, workers go on'] : []),
  ];
}

function deadRemark({ dead }: QueueOverview): string {
  const age = dead.oldestAgeMs === null ? '' : `, the oldest for ${formatAge(dead.oldestAgeMs)}`;
  return `${formatCount(dead.total)} dead jobs${age}: look with "peek --place=dead", then "job show ID"`;
}
