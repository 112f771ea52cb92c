import type { PauseInfo, QueueOverview } from './overview.js';

/** What a benchmark of one queue would meet. */
export interface BenchOutlook {
  readonly queue: string;
  readonly paused: PauseInfo | null;
  /** Jobs of this queue that could run now: each goes before the first job of the benchmark. */
  readonly waiting: number;
  /** Jobs that could run now in queues that a strict worker serves first. */
  readonly waitingBefore: number;
  /** Living workers that serve the queue, in the partition that has fewest. */
  readonly workers: number;
  /** What they can run at once. */
  readonly slots: number;
  /** Why no job of it would be run, ready to show; undefined: nothing is in its way. */
  readonly obstacle: string | undefined;
}

/** Reads it from an overview. */
export function benchOutlook(overview: QueueOverview, queue: string): BenchOutlook {
  const at = overview.queues.findIndex(({ name }) => name === queue);
  const own = overview.queues[at];
  const paused = own?.paused ?? null;
  const serving = overview.workers.filter(
    ({ queues, revoked, leaseRemainingMs }) => queues.includes(queue) && !revoked && leaseRemainingMs > 0,
  );
  const byPartition = Array.from({ length: overview.partitions }, (_, partition) =>
    serving.filter((worker) => worker.partition === partition),
  );
  const fewest = byPartition.reduce((one, other) => (other.length < one.length ? other : one));
  return {
    queue,
    paused,
    waiting: own ? own.ready + own.overdue : 0,
    waitingBefore: overview.queues.slice(0, at).reduce((sum, { ready, overdue }) => sum + ready + overdue, 0),
    workers: fewest.length,
    slots: fewest.reduce((sum, { slots }) => sum + slots, 0),
    obstacle: obstacleOf(queue, paused, fewest.length, byPartition.indexOf(fewest), overview.partitions),
  };
}

function obstacleOf(
  queue: string,
  paused: PauseInfo | null,
  workers: number,
  partition: number,
  partitions: number,
): string | undefined {
  if (paused) return `queue ${queue} is paused by ${paused.by || 'somebody'}: resume it first`;
  if (workers > 0) return undefined;
  return `no living worker serves queue ${queue}${partitions > 1 ? ` in partition ${partition}` : ''}: start one first`;
}
