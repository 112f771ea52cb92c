import 'reflect-metadata';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PlantedJobs, useRedis, waitForValue, waitUntil } from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  InspectService,
  type Job,
  JobCancelledError,
  type JobContext,
  JobHandler,
  type JobHandlerContract,
  OperateService,
  QueueEvents,
  QueueModule,
  WorkerLifecycle,
  WorkerModule,
  type WorkerModuleOptions,
} from '../index.js';

/** Runs that began. `end`: well; `fail`: by an error of its own. */
const began: { id: string; signal: AbortSignal; end: () => void; fail: () => void }[] = [];

/** Ends when its signal says so, as a handler should. */
@JobHandler('test.heeds')
class HeedingHandler implements JobHandlerContract {
  handle({ id }: Job, { signal }: JobContext): Promise<void> {
    return new Promise((end, reject) => {
      began.push({ id, signal, end, fail: () => reject(new Error('of its own')) });
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }
}

@JobHandler('test.ignores')
class IgnoringHandler implements JobHandlerContract {
  handle({ id }: Job, { signal }: JobContext): Promise<void> {
    return new Promise((end, reject) => began.push({ id, signal, end, fail: () => reject(new Error('of its own')) }));
  }
}

@Module({ providers: [HeedingHandler, IgnoringHandler] })
class HandlersModule {}

const REQUEST = { by: 'ops', reason: 'wrong file' };
/** Long, so that what comes within a test came by the token and not by a heartbeat. */
const LEASE_MS = 120_000;

describe.each([1, 3])('a cancel while the job runs, on %i partitions', (partitions) => {
  const test = useRedis();
  const apps: INestApplicationContext[] = [];
  let planted: PlantedJobs;

  beforeEach(() => {
    began.length = 0;
    planted = new PlantedJobs(test.redis, test.prefix(), partitions - 1);
  });
  afterEach(async () => {
    for (const { end } of began) end();
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });

  async function start(options: WorkerModuleOptions = {}): Promise<INestApplicationContext> {
    const queue = { prefix: test.prefix(), partitions, redis: { addr: test.url } };
    const worker = { count: 2, heartbeatTtlMs: LEASE_MS, shutdownTimeoutMs: 100, ...options };
    const app = await NestFactory.createApplicationContext(
      { module: HandlersModule, imports: [QueueModule.forRoot(queue), WorkerModule.forRoot(worker)] },
      { logger: ['error'] },
    );
    apps.push(app);
    await waitUntil(() => app.get(WorkerLifecycle).status().registered);
    return app;
  }

  async function run(id: string, kind: string): Promise<void> {
    await planted.ready(id, { kind });
    await test.redis.lpush(planted.keys.wake('low'), 1);
    await waitUntil(() => began.some((one) => one.id === id));
  }
  const cancel = (app: INestApplicationContext, id: string) => app.get(OperateService).cancelJob(id, REQUEST);
  const find = (app: INestApplicationContext, id: string) => app.get(InspectService).findJob(id);
  const stateOf = async (app: INestApplicationContext, id: string): Promise<(string | null | undefined)[]> => {
    const { state, death } = await find(app, id);
    return [state, death?.reason];
  };
  const DEAD = ['dead', 'cancelled'] as (string | null | undefined)[];

  it.each([
    ['with a free slot', 2],
    ['that is full', 1],
  ])('reaches a worker %s at once, and ends the job without using an attempt', async (_, count) => {
    const app = await start({ count });
    const told: string[] = [];
    app.get(QueueEvents).on('job.dead', ({ jobId, reason }) => told.push(`${jobId} ${reason}`));
    await run('a', 'test.heeds');

    expect(await cancel(app, 'a')).toMatchObject({ outcome: 'requested', job: { state: 'processing' } });
    await waitForValue(() => stateOf(app, 'a'), DEAD, { timeoutMs: 5_000 });

    expect(began[0]!.signal.reason).toEqual(new JobCancelledError('cancelled by ops: wrong file'));
    expect(told).toEqual(['a cancelled']);
    const { attempts, trail } = await find(app, 'a');
    expect([attempts, trail.map(({ what, summary }) => [what, summary])]).toEqual([
      0,
      [['cancelled', 'cancelled by ops: wrong file']],
    ]);
  });

  it('frees the slot of a handler that ignores its signal, after a grace; the job is dead all the same', async () => {
    const app = await start({ count: 1 });
    const stuck: string[] = [];
    app.get(QueueEvents).on('handler.stuck', ({ jobId }) => stuck.push(jobId));
    await run('a', 'test.ignores');

    await cancel(app, 'a');
    await waitForValue(() => stateOf(app, 'a'), DEAD);
    await run('b', 'test.heeds');

    expect(stuck).toEqual(['a']);
  });

  it('loses against a run that completes, and wins against one that fails by itself', async () => {
    const app = await start();
    await run('done', 'test.ignores');
    await run('failed', 'test.ignores');
    for (const id of ['done', 'failed']) await cancel(app, id);
    await waitUntil(() => began.every(({ signal }) => signal.aborted));

    began.find(({ id }) => id === 'done')!.end();
    began.find(({ id }) => id === 'failed')!.fail();

    await waitForValue(() => stateOf(app, 'done'), ['completed', undefined]);
    await waitForValue(() => stateOf(app, 'failed'), DEAD);
  });

  it('holds when the worker is lost before it learns of it', async () => {
    const app = await start();
    await run('a', 'test.ignores');
    const { claim } = await find(app, 'a');
    await test.redis.zrem(planted.keys.workers, claim!.workerId);
    await planted.revoked(claim!.workerId, 1);

    expect(await cancel(app, 'a')).toMatchObject({ outcome: 'requested', job: { claim: { revoked: true } } });
    await start({ heartbeatTtlMs: 5_000 });
    await waitForValue(() => stateOf(app, 'a'), DEAD);

    expect((await find(app, 'a')).trail.map(({ what }) => what)).toEqual(['crash', 'cancelled']);
    expect(await test.redis.exists(planted.keys.cancels(claim!.workerId))).toBe(0);
  });

  it('holds over a drain that gives the job back', async () => {
    const app = await start();
    const other = await start();
    await run('a', 'test.ignores');
    const { claim } = await find(app, 'a');
    const field = `${claim!.number} "workerId":"","what":"cancelled","summary":"by hand"}`;
    await test.redis.hset(planted.keys.cancels(claim!.workerId), 'a', field);

    await Promise.all([app.close(), other.close()]);

    expect(await test.redis.zrange(planted.keys.dead, 0, '-1')).toEqual(['a']);
  });

  it('says nothing about the next life of the job', async () => {
    const app = await start();
    await run('a', 'test.heeds');
    await cancel(app, 'a');
    await waitForValue(() => stateOf(app, 'a'), DEAD);
    const { death } = await find(app, 'a');

    await app.get(OperateService).requeueDead([{ id: 'a', diedAtMs: death!.diedAtMs }]);
    await waitUntil(() => began.length === 2);
    began[1]!.end();

    await waitForValue(() => stateOf(app, 'a'), ['completed', undefined]);
    expect(began[1]!.signal.aborted).toBe(false);
  });

  it('finds a waiting job also when its record cannot be read', async () => {
    const app = await start({ count: 1, priorities: ['high'] });
    await planted.ready('torn', { queue: 'low', record: 'torn' });

    expect(await cancel(app, 'torn')).toMatchObject({ outcome: 'cancelled', job: { queue: null } });

    expect(await test.redis.zrange(planted.keys.dead, 0, '-1')).toEqual(['torn']);
  });

  it('changes nothing of a job that has ended', async () => {
    const app = await start();
    await planted.completed('old', '1 1 w\n');
    await planted.dead('gone', 5);

    expect(await cancel(app, 'old')).toMatchObject({ outcome: 'over', job: { state: 'completed' } });
    expect(await cancel(app, 'gone')).toMatchObject({ outcome: 'over', job: { death: { reason: 'unrecoverable' } } });
    await expect(cancel(app, 'nobody')).rejects.toThrow('nobody');
  });
});
