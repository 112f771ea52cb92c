import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { QueueKeys, useRedis } from '@app/testing';
import { afterEach, describe, expect, it } from 'vitest';
import {
  DoctorService,
  EnqueueService,
  type Job,
  JobHandler,
  type JobHandlerContract,
  QueueModule,
  SnoozeJobError,
  UnrecoverableJobError,
  WorkerModule,
} from '../../index.js';

@JobHandler('test.busy')
class BusyHandler implements JobHandlerContract<number> {
  handle({ payload }: Job<number>): void {
    if (payload % 7 === 1) throw new Error('again');
    if (payload % 11 === 1) throw new SnoozeJobError(5);
    if (payload % 13 === 1) throw new UnrecoverableJobError('never');
  }
}

@Module({ providers: [BusyHandler] })
class BusyModule {}

/** Enough that places are paged, and that suspects are looked for a second time. */
const BACKLOG = 2_500;
const ROUNDS = 3;

describe.each([1, 3])('the doctor beside a busy queue with %i partitions', (partitions) => {
  const redis = useRedis();
  const apps: INestApplicationContext[] = [];
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  const queue = () =>
    QueueModule.forRoot({
      redis: { addr: redis.url },
      prefix: redis.prefix(),
      partitions,
      completed: { keepCount: 700 },
    });

  async function start(module: Parameters<typeof NestFactory.createApplicationContext>[0]) {
    const app = await NestFactory.createApplicationContext(module, { logger: ['error'] });
    apps.push(app);
    return app;
  }

  const startWorker = () =>
    start({
      module: BusyModule,
      imports: [queue(), WorkerModule.forRoot({ count: 8, heartbeatTtlMs: 5_000, backoff: { baseMs: 5, maxMs: 20 } })],
    });

  it('calls nothing a fault that is on its way', async () => {
    const app = await start(queue());
    const enqueue = app.get(EnqueueService);
    let isOver = false;
    let stored = 0;
    const produce = async () => {
      while (!isOver) {
        await enqueue.enqueueMany(Array.from({ length: 20 }, () => newJob(stored++)));
        await sleep(5);
      }
    };
    await enqueue.enqueueMany(Array.from({ length: BACKLOG }, () => newJob(stored++)));
    const workers = await Promise.all([startWorker(), startWorker()]);
    const producing = produce();
    const control = new QueueKeys(redis.prefix(), 0).control;
    const claimed = () => redis.redis.hget(control, 'claim');

    try {
      for (let round = 0; round < ROUNDS; round++) {
        const before = await claimed();
        const { findings, records } = await app.get(DoctorService).examine();

        expect(findings).toEqual([]);
        expect(records).toBeGreaterThan(100);
        expect(await claimed()).not.toBe(before);
        if (round === 0) await workers[0]!.close(); // drains: its jobs go back, its registration goes
        if (round === 1) await startWorker();
      }
    } finally {
      isOver = true;
      await producing;
    }
  });
});

function newJob(payload: number) {
  return { kind: 'test.busy', payload, queue: payload % 3 ? 'high' : 'low' };
}
