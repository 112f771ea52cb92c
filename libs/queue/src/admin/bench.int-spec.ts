import 'reflect-metadata';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { placesOf, QueueKeys, useRedis, waitUntil } from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BenchService,
  EnqueueService,
  InspectService,
  type Job,
  type JobContext,
  JobHandler,
  type JobHandlerContract,
  OperateService,
  QueueEvents,
  QueueModule,
  RedisUnavailableError,
  WorkerModule,
} from '../index.js';

@JobHandler('test.work')
class WorkHandler implements JobHandlerContract<{ hold?: true }> {
  async handle({ payload }: Job<{ hold?: true }>, { signal }: JobContext): Promise<void> {
    if (payload.hold) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
}

@Module({ providers: [WorkHandler] })
class WorkModule {}

const REQUEST = { queue: 'low', count: 300, perSecond: 1_000, payloadBytes: 100, timeoutMs: 20_000 };
const KEPT = 20;

describe.each([1, 3])('a benchmark on %i partitions', (partitions) => {
  const redis = useRedis();
  const apps: INestApplicationContext[] = [];
  let app: INestApplicationContext;

  beforeEach(async () => (app = await start(QueueModule.forRoot(queueOptions()))));
  afterEach(async () => {
    for (const each of apps.splice(0)) await each.close();
  });

  const queueOptions = (maxLength = 0) => ({
    redis: { addr: redis.url },
    prefix: redis.prefix(),
    partitions,
    maxLength,
    completed: { keepCount: KEPT },
  });
  const allKeys = () => Array.from({ length: partitions }, (_, partition) => new QueueKeys(redis.prefix(), partition));
  const bench = () => app.get(BenchService);

  async function start(module: Parameters<typeof NestFactory.createApplicationContext>[0]) {
    const started = await NestFactory.createApplicationContext(module, { logger: ['error'] });
    apps.push(started);
    return started;
  }

  async function startWorker(count = 8): Promise<INestApplicationContext> {
    const worker = WorkerModule.forRoot({ count, heartbeatTtlMs: 5_000, shutdownTimeoutMs: 100 });
    const started = await start({ module: WorkModule, imports: [QueueModule.forRoot(queueOptions()), worker] });
    await waitUntil(async () => (await bench().look('low')).workers === 1);
    return started;
  }

  async function traces(): Promise<string[]> {
    const keys = await redis.redis.keys(`{${redis.prefix()}:*:bench:*`);
    const records = await Promise.all(allKeys().map(({ jobs }) => redis.redis.hkeys(jobs)));
    return [...keys, ...records.flat().filter((id) => id.startsWith('bench-'))];
  }

  it('measures every job, in rates and percentiles', async () => {
    await startWorker();

    const { figures, ...result } = await bench().run(REQUEST);

    expect(result).toMatchObject({ end: 'complete', enqueued: 300, done: 300, count: 300, withdrawn: 0 });
    const { untilStart, untilDone, donePerSecond, enqueuedPerSecond, durationMs } = figures!;
    expect(donePerSecond).toBeCloseTo(300 / (durationMs / 1_000), 6);
    expect(enqueuedPerSecond).toBeLessThan(1_100);
    expect(untilStart.meanMs).toBeGreaterThan(0);
    for (const { p50Ms, p95Ms, p99Ms, maxMs } of [untilStart, untilDone])
      expect([p50Ms, p95Ms, p99Ms, maxMs]).toEqual([p50Ms, p95Ms, p99Ms, maxMs].toSorted((a, b) => a - b));
    expect(untilDone.p50Ms).toBeGreaterThanOrEqual(untilStart.p50Ms);
    expect(await traces()).toEqual([]);
  });

  it('agrees with what the worker says of the same jobs', async () => {
    const worker = await startWorker();
    const waits: number[] = [];
    let completed = 0;
    worker.get(QueueEvents).on('job.claimed', ({ kind, waitMs }) => kind === '@bench' && waits.push(waitMs));
    worker.get(QueueEvents).on('job.completed', ({ kind }) => (completed += Number(kind === '@bench')));

    const { figures } = await bench().run({ ...REQUEST, count: 1_000, perSecond: 100_000 });

    await waitUntil(() => completed === 1_000);
    const meanMs = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    expect(waits).toHaveLength(1_000);
    expect(Math.abs(figures!.untilStart.meanMs - meanMs)).toBeLessThan(0.1 * meanMs);
  });

  it('touches neither the completed list nor the dead letter queue nor any other job, while others work', async () => {
    const worker = await startWorker();
    await worker.get(EnqueueService).enqueueMany(work(partitions * 2 * KEPT));
    await waitUntil(async () => (await overview()).queues.every(({ ready }) => ready === 0));
    await worker.get(EnqueueService).enqueue('test.work', { hold: true }, { id: 'held' });
    await worker.get(EnqueueService).enqueue('test.work', {}, { id: 'later', delayMs: 60_000 });
    await waitUntil(async () => (await overview()).processing.total === 1);
    const before = await containers();

    const { end } = await bench().run(REQUEST);

    expect(end).toBe('complete');
    expect(await containers()).toEqual(before);
    expect((await overview()).dead.total).toBe(0);
  });

  it('holds itself back when the workers do not keep up, and says so', async () => {
    await startWorker(1);

    const { end, isHeldBack, figures } = await bench().run({ ...REQUEST, count: 3_000, perSecond: 1_000_000 });

    expect({ end, isHeldBack }).toEqual({ end: 'complete', isHeldBack: true });
    expect(figures!.enqueuedPerSecond).toBeLessThan(1_000_000);
  });

  it('sees what lies ahead of it and what is in its way', async () => {
    await app.get(EnqueueService).enqueueMany([...work(3, 'low'), ...work(5, 'high')]);
    expect(await bench().look('low')).toMatchObject({
      waiting: 3,
      waitingBefore: 5,
      workers: 0,
      obstacle: expect.stringContaining('no living worker serves queue low') as string,
    });

    await app.get(OperateService).pause('low', { reason: 'deploy', by: 'ops' });
    await app.get(OperateService).pause('high', { reason: 'deploy', by: 'ops' });
    await startWorker();

    expect(await bench().look('low')).toMatchObject({
      workers: 1,
      slots: 8,
      obstacle: 'queue low is paused by ops: resume it first',
    });
    expect(await bench().look('high')).toMatchObject({ waiting: 5, waitingBefore: 0 });
  });

  it('has no figures when nobody works in time, and takes its jobs back', async () => {
    await app.get(EnqueueService).enqueue('test.work', {}, { id: 'other' });

    const result = await bench().run({ ...REQUEST, timeoutMs: 400 });

    expect(result).toMatchObject({ end: 'timeout', done: 0, figures: null, withdrawn: result.enqueued });
    expect(await traces()).toEqual([]);
    expect(await app.get(InspectService).findJob('other')).toMatchObject({ state: 'ready' });
  });

  it('ends when it is told to, and takes its jobs back', async () => {
    const stop = new AbortController();
    const onProgress = ({ enqueued }: { enqueued: number }) => enqueued > 20 && stop.abort();

    const result = await bench().run(REQUEST, { signal: stop.signal, onProgress });

    expect(result).toMatchObject({ end: 'interrupted', figures: null, withdrawn: result.enqueued });
    expect(await traces()).toEqual([]);
  });

  it('puts nothing into a queue that is paused', async () => {
    await app.get(OperateService).pause('low', { reason: 'deploy', by: 'ops' });

    expect(await bench().run(REQUEST)).toMatchObject({ end: 'paused', done: 0, figures: null });

    expect(await traces()).toEqual([]);
  });

  it('puts no more into a queue than it may hold', async () => {
    const small = await start(QueueModule.forRoot(queueOptions(10)));

    const result = await small.get(BenchService).run(REQUEST);

    expect(result).toMatchObject({ end: 'queue-full', figures: null });
    expect(await traces()).toEqual([]);
  });

  it('is forgotten by the next worker when nobody waits for it any more', async () => {
    const abandoned = bench().run({ ...REQUEST, count: 50, timeoutMs: 300 });
    await waitUntil(async () => (await overview()).queues.some(({ ready }) => ready > 30));
    app.get(BenchService)['connections'].onApplicationShutdown(); // as a SIGKILL does: nothing is taken back
    await expect(abandoned).rejects.toThrow(RedisUnavailableError);
    app = await start(QueueModule.forRoot(queueOptions()));
    expect((await traces()).length).toBeGreaterThan(30);

    await startWorker();

    await waitUntil(async () => (await traces()).length === 0);
    expect(await containers()).toEqual([]);
  });

  it.each([
    [{ queue: 'none' }, 'queue: found "none"'],
    [{ payloadBytes: 1_000_000 }, 'queue.max_payload_bytes allows 262144'],
  ])('refuses %j', async (given, message) => {
    await expect(bench().run({ ...REQUEST, ...given })).rejects.toThrow(message);
  });

  const overview = () => app.get(InspectService).overview();

  /** Every container with its ids: what a benchmark must not change. */
  async function containers(): Promise<unknown[]> {
    const places = await placesOf(redis.redis, redis.prefix(), partitions);
    return places.flatMap(({ partition, containers: all }) => [...all].map(([name, ids]) => [partition, name, ids]));
  }
});

function work(count: number, queue = 'low') {
  return Array.from({ length: count }, (_, index) => ({ kind: 'test.work', payload: { index }, queue }));
}
