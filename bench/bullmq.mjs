// BullMQ in a measured process, as its documentation sets it up.
import { Queue, Worker } from 'bullmq';
import { enqueueAll, enqueuePaced, handle, KEPT, payloadOf, scenario } from './workload.mjs';

const { url, part, slots, failShare = 0 } = scenario;
const { hostname, port, password } = new URL(url);
const connection = { host: hostname, port: Number(port), password };

if (part === 'worker') {
  const worker = new Worker('bench', async ({ data, attemptsMade }) => handle(data, attemptsMade + 1), {
    connection,
    concurrency: slots,
  });
  await worker.waitUntilReady();
} else {
  const queue = new Queue('bench', { connection });
  // A retry of ours waits for a millisecond: so does theirs.
  const retry = failShare > 0 ? { attempts: 4, backoff: { type: 'fixed', delay: 1 } } : {};
  const opts = { removeOnComplete: { count: KEPT }, ...retry };
  const one = (data) => queue.add('bench.job', data, opts);
  const send = (indexes) =>
    scenario.batch === 1
      ? one(payloadOf(indexes[0]))
      : queue.addBulk(indexes.map((index) => ({ name: 'bench.job', data: payloadOf(index), opts })));
  await (scenario.rate ? enqueuePaced(one, scenario) : enqueueAll(send, scenario));
}
process.send('ready');
