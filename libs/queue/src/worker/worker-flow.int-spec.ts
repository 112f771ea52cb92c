import 'reflect-metadata';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { QueueKeys, useRedis, waitUntil } from '@app/testing';
import { describe, expect, it } from 'vitest';
import {
  EnqueueService,
  InspectService,
  type Job,
  type JobContext,
  JobHandler,
  type JobHandlerContract,
  QueueModule,
  UnrecoverableJobError,
  WorkerModule,
} from '../index.js';

@JobHandler('test.flow')
class FlowHandler implements JobHandlerContract<{ fail?: 'once' | 'always' | 'now' }> {
  handle(job: Job<{ fail?: 'once' | 'always' | 'now' }>, context: JobContext): { ok: true } {
    if (job.payload.fail === 'now') throw new UnrecoverableJobError('never');
    if (job.payload.fail === 'always' || (job.payload.fail === 'once' && context.attempt === 1))
      throw new Error('on purpose');
    return { ok: true };
  }
}

@Module({ providers: [FlowHandler] })
class FlowModule {}

describe.each([1, 3])('a worker on %i partitions', (partitions) => {
  const redis = useRedis();

  async function start(prefix: string): Promise<INestApplicationContext> {
    const queue = { redis: { addr: redis.url }, prefix, partitions };
    const worker = { count: 16, heartbeatTtlMs: 2_000, maxRetries: 2, backoff: { baseMs: 10, maxMs: 20 } };
    return NestFactory.createApplicationContext(
      { module: FlowModule, imports: [QueueModule.forRoot(queue), WorkerModule.forRoot(worker)] },
      { logger: ['error'] },
    );
  }

  it('runs every job to its end: completed, retried, dead with a reason', async () => {
    const prefix = redis.prefix();
    const app = await start(prefix);
    const jobs = Array.from({ length: 500 }, (_, index) => ({
      kind: 'test.flow',
      payload: { index },
      queue: index % 2 ? 'high' : 'low',
    }));

    const results = await app.get(EnqueueService).enqueueMany(jobs);
    const retried = await app.get(EnqueueService).enqueue('test.flow', { fail: 'once' }, { delayMs: 30 });
    const exhausted = await app.get(EnqueueService).enqueue('test.flow', { fail: 'always' });
    const buried = await app.get(EnqueueService).enqueue('test.flow', { fail: 'now' });

    expect(results.every(({ outcome }) => outcome === 'stored')).toBe(true);
    const inspect = app.get(InspectService);
    await waitUntil(async () => {
      const { completed, dead } = await inspect.overview();
      return completed.total === 501 && dead.total === 2;
    });
    expect(await inspect.findJob(retried.id)).toMatchObject({ state: 'completed', attempts: 1 });
    expect(await inspect.findJob(exhausted.id)).toMatchObject({
      state: 'dead',
      death: { reason: 'retries-exhausted' },
      attempts: 3,
    });
    expect(await inspect.findJob(buried.id)).toMatchObject({
      state: 'dead',
      death: { reason: 'unrecoverable' },
      attempts: 1,
    });
    await app.close();
    const counts = Array.from({ length: partitions }, (_, partition) =>
      redis.redis.zcard(new QueueKeys(prefix, partition).workers),
    );
    expect(await Promise.all(counts)).toEqual(counts.map(() => 0));
  });
});
