import type { QueueOverview, WorkerInfo } from '@app/queue';
import { formatAge, formatCount } from '../output/units.js';

/** Of maxmemory: from here on somebody should look. */
const MEMORY_SHARE = 0.9;

/** What a person must not overlook in an overview, each with the next step. Empty: nothing stands out. */
export function remarksOn(overview: QueueOverview): string[] {
  return [
    ...workerRemarks(overview),
    ...queueRemarks(overview),
    ...breakerRemarks(overview),
    ...redisRemarks(overview),
    ...(overview.dead.total > 0 ? [deadRemark(overview)] : []),
  ];
}

function workerRemarks({ workers, queues, processing }: QueueOverview): string[] {
  const open = queues.reduce((sum, { ready, scheduled }) => sum + ready + scheduled, processing.total);
  const lost = workers.filter((worker) => !isAlive(worker));
  const takenOver = workers.length > lost.length ? 'another worker takes over' : 'the next worker takes over';
  return [
    ...(workers.length === lost.length && open > 0 ? [`${countOf(open)} and no worker is alive: start one`] : []),
    ...lost.map(({ workerId, heldJobs }) => `worker ${workerId} lost its lease: ${takenOver} ${countOf(heldJobs)}`),
  ];
}

function queueRemarks({ queues, workers }: QueueOverview): string[] {
  const alive = workers.filter(isAlive);
  return queues.flatMap(({ name, ready, overdue, paused }) => {
    if (ready + overdue === 0) return [];
    if (paused) return [`queue ${name} is paused and ${countOf(ready + overdue)} could run`];
    const isServed = alive.length === 0 || alive.some((worker) => worker.queues.includes(name));
    return isServed ? [] : [`no worker serves queue ${name}, where ${countOf(ready + overdue)} could run`];
  });
}

function breakerRemarks({ breakers }: QueueOverview): string[] {
  const open = breakers.filter(({ state }) => state === 'open');
  return open.map(({ kind }) => `the circuit breaker of ${kind} is open: its jobs wait until they may be tried again`);
}

function redisRemarks({ redis }: QueueOverview): string[] {
  const { evictionPolicy, usedMemoryBytes, maxMemoryBytes } = redis;
  const isFull = maxMemoryBytes > 0 && usedMemoryBytes >= MEMORY_SHARE * maxMemoryBytes;
  return [
    ...(evictionPolicy === 'noeviction'
      ? []
      : [`Redis may evict jobs (${evictionPolicy}): set maxmemory-policy to noeviction`]),
    ...(isFull ? ['Redis memory is nearly full: new jobs will be refused, workers go on'] : []),
  ];
}

function deadRemark({ dead }: QueueOverview): string {
  const age = dead.oldestAgeMs === null ? '' : `, the oldest for ${formatAge(dead.oldestAgeMs)}`;
  return `${countOf(dead.total, 'dead job')}${age}: look with "peek --place=dead", then "job show ID"`;
}

function isAlive({ revoked, leaseRemainingMs }: WorkerInfo): boolean {
  return !revoked && leaseRemainingMs > 0;
}

function countOf(count: number, noun = 'job'): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
