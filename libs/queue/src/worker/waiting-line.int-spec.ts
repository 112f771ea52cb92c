import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { useRedis, waitUntil } from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  EnqueueService,
  InspectService,
  type Job,
  JobHandler,
  type JobHandlerContract,
  QueueModule,
  WorkerModule,
} from '../index.js';

/** What the handlers of this file did; a job of payload `gate` ends when the gate opens. */
const seen = { runs: [] as string[], now: 0, most: 0, open: () => {}, gate: Promise.resolve() };

@JobHandler('test.ahead')
class AheadHandler implements JobHandlerContract<string> {
  async handle(job: Job<string>): Promise<void> {
    seen.most = Math.max(seen.most, ++seen.now);
    seen.runs.push(job.id);
    await (job.payload === 'gate' ? seen.gate : Promise.resolve());
    seen.now--;
  }
}

@Module({ providers: [AheadHandler] })
class AheadModule {}

describe('worker.prefetch', () => {
  const redis = useRedis();
  const open: INestApplicationContext[] = [];
  let prefix: string;

  beforeEach(() => {
    prefix = redis.prefix();
    Object.assign(seen, { runs: [], now: 0, most: 0 });
    seen.gate = new Promise((resolve) => (seen.open = resolve));
  });

  afterEach(async () => {
    seen.open();
    await Promise.all(open.splice(0).map((app) => app.close()));
  });

  async function start(worker?: { count: number; prefetch: number }): Promise<INestApplicationContext> {
    const queue = QueueModule.forRoot({ redis: { addr: redis.url }, prefix });
    const imports = worker ? [queue, WorkerModule.forRoot(worker)] : [queue];
    const module = { module: worker ? AheadModule : QueueModule, imports };
    const app = await NestFactory.createApplicationContext(module, { logger: ['error'] });
    open.push(app);
    return app;
  }

  const jobs = (count: number, payload: string) =>
    Array.from({ length: count }, () => ({ kind: 'test.ahead', payload, queue: 'low' }));

  it('runs each job once and never more at a time than there are slots', async () => {
    const producer = await start();
    await producer.get(EnqueueService).enqueueMany(jobs(2_000, 'short'));

    await start({ count: 2, prefetch: 64 });

    await waitUntil(() => seen.runs.length >= 2_000 && seen.now === 0);
    expect(new Set(seen.runs).size).toBe(2_000);
    expect(seen.runs).toHaveLength(2_000);
    expect(seen.most).toBe(2);
  });

  it('gives back what was claimed ahead when handlers turn slow, for a worker that has a slot', async () => {
    const producer = await start();
    const service = producer.get(EnqueueService);
    const worker = await start({ count: 2, prefetch: 64 });
    await service.enqueueMany(jobs(500, 'short'));
    await waitUntil(() => seen.runs.length === 500 && seen.now === 0);

    await service.enqueueMany(jobs(20, 'gate'));

    const inspect = producer.get(InspectService);
    const counts = async () => (await inspect.overview()).queues.find(({ name }) => name === 'low');
    await waitUntil(async () => seen.now === 2 && (await counts())?.ready === 18);
    seen.open();
    await waitUntil(() => seen.runs.length === 520 && seen.now === 0);
    expect(new Set(seen.runs).size).toBe(520);
    await worker.close();
    open.splice(open.indexOf(worker), 1);
    expect((await inspect.overview()).dead.total).toBe(0);
  });
});
