// One measured run of BullMQ, in a process of its own, as its documentation sets it up.
import { Queue, Worker } from 'bullmq';
import { KEPT, payload, report, scenario, Stopwatch } from './workload.mjs';

const { url, what, warmup, jobs, slots } = scenario;
const { hostname, port, password } = new URL(url);
const connection = { host: hostname, port: Number(port), password };
const watch = new Stopwatch(warmup, jobs);

async function fill(queue, count) {
  const batch = Array.from({ length: 1_000 }, () => ({
    name: 'bench.noop',
    data: payload,
    opts: { removeOnComplete: { count: KEPT } },
  }));
  for (let sent = 0; sent < count; sent += batch.length) await queue.addBulk(batch);
}

if (what === 'process') {
  new Worker('bench', async () => watch.hit(), { connection, concurrency: slots });
  report(await watch.done);
} else {
  const queue = new Queue('bench', { connection });
  if (what === 'bulk') await fill(queue, warmup);
  watch.start();
  await fill(queue, jobs);
  report({ ...watch.stop(), waiting: await queue.getWaitingCount() });
}
