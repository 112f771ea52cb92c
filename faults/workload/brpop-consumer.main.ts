// A queue that is broken on purpose, as many are in earnest: it pops a job, works, and only then writes it down. The suite
// must see that it loses jobs (faults/blindness.e2e-spec.ts), else the suite is blind.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Ledger } from '../ledger.js';
import { endWithParent, READY_LINE, readWorkload, type BrokenWorkload } from './workload-options.js';

const { ledger: path, url, ready, completed, workMs } = readWorkload<BrokenWorkload>();
const ledger = new Ledger(path);
endWithParent();

const redis = new Redis(url);
await redis.ping();
console.log(READY_LINE);
for (;;) {
  const popped = await redis.brpop(ready, 0);
  if (popped) await run(popped[1]);
}

async function run(jobId: string): Promise<void> {
  const claim = { jobId, workerId: `brpop-${process.pid}` };
  ledger.write({ what: 'start', ...claim, attempt: 1 });
  await sleep(workMs);
  ledger.write({ what: 'end', ...claim });
  await redis.lpush(completed, jobId);
}
