import type { QueueOptions } from '../queue.options.js';
import type { QueueKeys } from '../redis/queue-keys.js';
import type { EnqueueBatch, PendingJob } from './enqueue-batch.js';

/** Keys and arguments of `enqueue.lua` for one batch. The same batch gives the same call, however often it is sent. */
export function enqueueCall(
  batch: EnqueueBatch,
  keys: QueueKeys,
  producerId: string,
  options: QueueOptions,
): { keys: string[]; args: string[] } {
  const queues: string[] = [];
  const uniqueKeys: string[] = [];
  const uniqueRows: string[] = [];
  const rows: string[] = [];
  let last: PendingJob | undefined;
  let countAt = 0;
  let row = 0;
  for (const job of batch.jobs) {
    row++;
    if (job.queue !== last?.queue || job.when !== last.when) {
      let queue = queues.indexOf(job.queue);
      if (queue < 0) queue = queues.push(job.queue) - 1;
      countAt = rows.push(String(queue + 1), job.when, '0') - 1;
    }
    last = job;
    if (job.uniqueKey !== undefined) {
      uniqueKeys.push(keys.unique(job.uniqueKey));
      uniqueRows.push(String(row));
    }
    rows.push(job.id, job.recordTail);
    rows[countAt] = String((rows.length - countAt - 1) / 2);
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
      ...uniqueRows,
      ...rows,
    ],
  };
}
