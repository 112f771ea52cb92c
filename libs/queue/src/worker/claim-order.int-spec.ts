import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { useRedis, waitUntil } from '@app/testing';
import { afterEach, describe, expect, it } from 'vitest';
import {
  EnqueueService,
  InspectService,
  type Job,
  JobHandler,
  type JobHandlerContract,
  OperateService,
  QueueModule,
  type WorkerModuleOptions,
  WorkerModule,
} from '../index.js';

const order: string[] = [];

@JobHandler('test.order')
class OrderHandler implements JobHandlerContract {
  async handle(job: Job): Promise<void> {
    order.push(job.queue);
    await Promise.resolve();
  }
}

@Module({ providers: [OrderHandler] })
class OrderModule {}

describe('the order of claims', () => {
  const redis = useRedis();
  const open: INestApplicationContext[] = [];

  afterEach(async () => {
    await Promise.all(open.splice(0).map((app) => app.close()));
    order.length = 0;
  });

  async function start(worker?: WorkerModuleOptions): Promise<INestApplicationContext> {
    const queue = QueueModule.forRoot({ redis: { addr: redis.url }, prefix: redis.prefix() });
    const imports = worker ? [queue, WorkerModule.forRoot(worker)] : [queue];
    const app = await NestFactory.createApplicationContext(
      { module: worker ? OrderModule : QueueModule, imports },
      { logger: ['error'] },
    );
    open.push(app);
    return app;
  }

  async function enqueue(high: number, low: number): Promise<INestApplicationContext> {
    const producer = await start();
    const jobsOf = (queue: string, count: number) =>
      Array.from({ length: count }, () => ({ kind: 'test.order', payload: {}, queue }));
    await producer.get(EnqueueService).enqueueMany([...jobsOf('low', low), ...jobsOf('high', high)]);
    return producer;
  }

  it('serves the high jobs before the low ones when strict', async () => {
    await enqueue(300, 300);

    const count = 8;
    await start({ count, priorityMode: 'strict' });

    await waitUntil(() => order.length === 600);
    // Redis gives them out in this order; replies of calls that are under way together may overtake each other.
    expect(order.slice(0, 300 - count)).toEqual(Array(300 - count).fill('high'));
  });

  it('gives low its share within a fifth when weighted, with one slot and with many', async () => {
    for (const count of [1, 12]) {
      order.length = 0;
      await enqueue(600, 600);

      const app = await start({ count, priorityMode: 'weighted', weights: { high: 5, low: 1 } });

      await waitUntil(() => order.length >= 600);
      const low = order.slice(0, 600).filter((queue) => queue === 'low').length;
      expect(low, `${count} slots`).toBeGreaterThan(80);
      expect(low, `${count} slots`).toBeLessThan(120);
      await waitUntil(() => order.length === 1_200);
      await app.close();
    }
  });

  it('lets an idle high queue slow nothing down: every claim is filled with low jobs', async () => {
    const counted = await enqueue(0, 400);

    await start({ count: 10, priorityMode: 'weighted', weights: { high: 5, low: 1 } });

    await waitUntil(() => order.length === 400);
    expect(order).toEqual(Array(400).fill('low'));
    const { queues } = await counted.get(InspectService).overview();
    expect(queues.every(({ ready }) => ready === 0)).toBe(true);
  });

  it('starts nothing of a paused queue, others flow, and a resume wakes the worker', async () => {
    const producer = await start();
    await producer.get(OperateService).pause('high', { reason: 'test', by: 'spec' });
    await enqueue(50, 50);

    await start({ count: 4 });

    await waitUntil(() => order.length === 50);
    expect(order).toEqual(Array(50).fill('low'));
    await producer.get(OperateService).resume('high');
    await waitUntil(() => order.length === 100, { timeoutMs: 2_000 });
  });

  it('issues at most one command a second when idle, and at most twice that beside a paused queue full of jobs', async () => {
    const seconds = 8;
    await start({ count: 4 });
    const idle = await commandsWithin(seconds);

    await enqueue(0, 0).then((app) => app.get(OperateService).pause('low', { reason: 'test', by: 'spec' }));
    await enqueue(0, 1_000);
    const paused = await commandsWithin(seconds);

    expect(idle).toBeLessThanOrEqual(seconds);
    expect(paused).toBeLessThanOrEqual(2 * seconds);
  });

  /** Calls a worker made in so many seconds: scripts, each counted once, and waits for a token. */
  async function commandsWithin(seconds: number): Promise<number> {
    const before = await commandsSent();
    const end = performance.now() + seconds * 1_000;
    await waitUntil(() => performance.now() >= end, { timeoutMs: seconds * 1_000 + 5_000 });
    return (await commandsSent()) - before;
  }

  async function commandsSent(): Promise<number> {
    const stats = await redis.redis.info('commandstats');
    return [...stats.matchAll(/cmdstat_(?:evalsha(?:_ro)?|eval(?:_ro)?|blpop):calls=(\d+)/g)].reduce(
      (sum, [, calls]) => sum + Number(calls),
      0,
    );
  }
});
