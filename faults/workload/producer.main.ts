import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { EnqueueService, EnqueueUnknownError, QueueError, QueueModule } from '@app/queue';
import { Ledger } from '../ledger.js';
import { endWithParent, READY_LINE, readWorkload, type JobGroup, type ProducerWorkload } from './workload-options.js';

const MOST_IN_FLIGHT = 64;

const workload = readWorkload<ProducerWorkload>();
const ledger = new Ledger(workload.ledger);
endWithParent();

const app = await NestFactory.createApplicationContext(QueueModule.forRoot(workload.queue), {
  logger: ['error', 'warn'],
});
const enqueueService = app.get(EnqueueService);
console.log(READY_LINE);
await produce(mixed(workload.jobs), workload.perSecond ?? Infinity);
await app.close();
process.exit(0); // stdin is still being watched

async function produce(jobs: readonly JobGroup[], perSecond: number): Promise<void> {
  const startMs = performance.now();
  const inFlight = new Set<Promise<void>>();
  for (const [index, job] of jobs.entries()) {
    const waitMs = startMs + (1_000 * index) / perSecond - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    const answered: Promise<void> = enqueueOne(job).finally(() => inFlight.delete(answered));
    inFlight.add(answered);
    if (inFlight.size >= MOST_IN_FLIGHT) await Promise.race(inFlight);
  }
  await Promise.all(inFlight);
}

async function enqueueOne({ kind, payload = {}, fate = 'completes', options }: JobGroup): Promise<void> {
  const id = randomUUID();
  try {
    await enqueueService.enqueue(kind, payload, { ...options, id });
    ledger.write({ what: 'enqueue-ok', jobId: id, fate });
  } catch (error) {
    if (!(error instanceof QueueError)) throw error;
    const what = error instanceof EnqueueUnknownError ? 'enqueue-unknown' : 'enqueue-refused';
    ledger.write({ what, jobId: id, fate, code: error.code });
  }
}

/** One of each group in turn, so that every sort flows all the time. */
function mixed(groups: readonly JobGroup[]): JobGroup[] {
  const longest = Math.max(0, ...groups.map(({ count }) => count));
  const rounds = Array.from({ length: longest }, (_, round) => groups.filter(({ count }) => round < count));
  return rounds.flat();
}
