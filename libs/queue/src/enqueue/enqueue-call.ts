import type { QueueOptions } from '../queue.options.js';
import type { QueueKeys } from '../redis/queue-keys.js';
import type { EnqueueBatch } from './enqueue-batch.js';

/** Keys and arguments of `enqueue.lua` for one batch. The same batch gives the same call, however often it is sent. */
export function enqueueCall(
  batch: EnqueueBatch,
  keys: QueueKeys,
  producerId: string,
  options: QueueOptions,
): { keys: string[]; args: string[] } {
  const queues: string[] = [];
  const uniqueKeys: string[] = [];
  const rows: string[] = [];
  for (const job of batch.jobs) {
    let queue = queues.indexOf(job.queue);
    if (queue < 0) queue = queues.push(job.queue) - 1;
    const unique = job.uniqueKey === undefined ? 0 : uniqueKeys.push(keys.unique(job.uniqueKey));
    rows.push(job.id, String(queue + 1), job.when, job.recordTail, String(unique));
  }
  const groups = queues.flatMap((queue) => [
    keys.ready(queue),
    keys.scheduled(queue),
    keys.wake(queue),
    keys.timer(queue),
  ]);
  return {
    keys: [keys.producer(producerId), keys.jobs, keys.paused, ...groups, ...uniqueKeys],
    args: [
      String(batch.sequence),
      String(options.maxLength),
      String(options.uniqueWindowMs),
      String(queues.length),
      ...queues,
      ...rows,
    ],
  };
}
