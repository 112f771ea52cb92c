import { setImmediate } from 'node:timers/promises';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PlantedJobs, TcpProxy, useRedis, waitForValue, waitUntil } from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Job,
  type JobContext,
  JobHandler,
  type JobHandlerContract,
  QueueEvents,
  QueueModule,
  UnrecoverableJobError,
  WorkerLifecycle,
  WorkerModule,
  type WorkerModuleOptions,
} from '../index.js';

/** Runs that began, and the end of those that wait for it. */
const began: { id: string; signal: AbortSignal; end: () => void }[] = [];

@JobHandler('test.wait')
class WaitHandler implements JobHandlerContract {
  handle({ id }: Job, { signal }: JobContext): Promise<void> {
    return new Promise((end) => began.push({ id, signal, end }));
  }
}

@JobHandler('test.noop')
class NoopHandler implements JobHandlerContract {
  handle({ id }: Job, { signal }: JobContext): void {
    began.push({ id, signal, end: () => {} });
  }
}

@JobHandler('test.fail')
class FailHandler implements JobHandlerContract {
  handle({ id }: Job, { signal }: JobContext): Promise<void> {
    return new Promise((_, fail) => began.push({ id, signal, end: () => fail(new Error('planned')) }));
  }
}

@JobHandler('test.throw')
class ThrowHandler implements JobHandlerContract {
  handle(): void {
    throw new UnrecoverableJobError('planned');
  }
}

@Module({ providers: [WaitHandler, NoopHandler, FailHandler, ThrowHandler] })
class HandlersModule {}

describe('the loop of a worker', () => {
  const test = useRedis();
  let proxy: TcpProxy;
  let planted: PlantedJobs[];
  const apps: INestApplicationContext[] = [];
  const ids = () => began.map(({ id }) => id);

  beforeEach(async () => {
    began.length = 0;
    proxy = await TcpProxy.start(test.addr);
    planted = [0, 1, 2].map((partition) => new PlantedJobs(test.redis, test.prefix(), partition));
  });
  afterEach(async () => {
    for (const { end } of began) end();
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await proxy.close();
  });

  async function start(options: WorkerModuleOptions = {}, partitions = 1): Promise<INestApplicationContext> {
    const redis = { addr: `redis://:${test.password}@${proxy.addr}`, readTimeoutMs: 300 };
    const app = await NestFactory.createApplicationContext(
      {
        module: HandlersModule,
        imports: [
          QueueModule.forRoot({ prefix: test.prefix(), partitions, redis }),
          WorkerModule.forRoot({ count: 2, heartbeatTtlMs: 60_000, shutdownTimeoutMs: 5_000, ...options }),
        ],
      },
      { logger: ['error'] },
    );
    apps.push(app);
    await waitUntil(() => app.get(WorkerLifecycle).status().registered);
    await waitUntil(async () => ((await test.redis.client('LIST')) as string).includes('cmd=blpop'));
    return app;
  }
  /** Lets an idle worker know, as a producer would. */
  const wake = (at = 0) => test.redis.lpush(planted[at]!.keys.wake('low'), 1);
  const completed = () => test.redis.llen(planted[0]!.keys.completed);
  const workersOf = (at: number) => test.redis.zrange(planted[at]!.keys.workers, 0, '-1');

  it('rule 6: a claim whose reply was lost is found by a sync and run once', async () => {
    const app = await start();
    let syncs = 0;
    app.get(QueueEvents).on('script.ran', ({ script }) => (syncs += script === 'sync' ? 1 : 0));
    const swallowed = proxy.swallowNextReply((chunk) => chunk.includes('wake-timer') && chunk.includes('evalsha'));
    await planted[0]!.ready('a');
    await wake();

    await swallowed;
    await waitForValue(completed, 1);

    expect(ids()).toEqual(['a']);
    expect(syncs).toBeGreaterThan(0);
  });

  it('rule 5: a reply after its deadline is dropped; what it named is found by a sync and run once', async () => {
    const app = await start();
    let late = 0;
    app.get(QueueEvents).on('loop.failed', () => late++);
    const [workerId = ''] = await workersOf(0);
    proxy.delay(400);
    await planted[0]!.ready('a');
    await wake();

    await waitUntil(async () => (await test.redis.zcard(planted[0]!.keys.processing(workerId))) === 1 && late > 0);
    proxy.delay(0);
    await waitForValue(completed, 1);

    expect(ids()).toEqual(['a']);
  });

  it('rule 8: a claim that no reply ever named is found through the heartbeat', async () => {
    await start({ heartbeatTtlMs: 1_200 });
    const [workerId = ''] = await workersOf(0);

    await planted[0]!.processing('a', workerId, Date.now() - 60_000);
    await waitForValue(completed, 1);

    expect(ids()).toEqual(['a']);
  });

  it('rule 4: a claim that Redis went back to, older than one that was settled, gets what the job came to', async () => {
    await start({ heartbeatTtlMs: 1_200 });
    const [workerId = ''] = await workersOf(0);
    const { keys } = planted[0]!;
    await planted[0]!.ready('a');
    await wake();
    await waitForValue(completed, 1);

    await test.redis.del(keys.completed, keys.outcome);
    await planted[0]!.processing('a', workerId, Date.now() - 60_000);
    await waitForValue(completed, 1);

    expect(ids()).toEqual(['a']);
    expect(await test.redis.zcard(keys.processing(workerId))).toBe(0);
  });

  it('runs that fail while a call with failures is under way travel together in the next one', async () => {
    const app = await start({ count: 20 });
    let [calls, told] = [0, 0];
    app.get(QueueEvents).on('script.ran', ({ script }) => (calls += script === 'fail' ? 1 : 0));
    app.get(QueueEvents).on('job.retried', () => told++);
    for (let at = 0; at < 20; at++) await planted[0]!.ready(`job-${at}`, { kind: 'test.fail' });
    await wake();
    await waitUntil(() => began.length === 20);
    proxy.delay(100);

    for (const { end } of began) {
      end();
      await setImmediate();
    }

    await waitForValue(() => told, 20);
    expect(calls).toBe(2); // the first failure alone, the others behind it
  });

  it('claims no more than it can tell the end of, however fast jobs fail', async () => {
    await start({ count: 400 });
    const [workerId = ''] = await workersOf(0);
    const { keys } = planted[0]!;
    const jobs = Array.from({ length: 8_000 }, (_, at) => `job-${at}`);
    await Promise.all(jobs.map((id) => planted[0]!.ready(id, { kind: 'test.throw' })));
    await wake();

    let most = 0;
    await waitUntil(async () => {
      most = Math.max(most, await test.redis.zcard(keys.processing(workerId)));
      return (await test.redis.zcard(keys.dead)) === jobs.length;
    });

    expect(most).toBeLessThanOrEqual(1_000);
  });

  it('rule 9: an id whose registration was not answered is thrown away', async () => {
    await start();
    const swallowed = proxy.swallowNextReply((chunk) => chunk.includes('slots'));

    await start();

    await swallowed;
    expect(await workersOf(0)).toHaveLength(3);
  });

  it('rule 6: an ack whose reply was lost is sent again and counts once', async () => {
    const app = await start();
    const told: string[] = [];
    app.get(QueueEvents).on('job.completed', ({ jobId }) => told.push(jobId));
    app.get(QueueEvents).on('job.lost', ({ jobId }) => told.push(`lost ${jobId}`));
    await planted[0]!.ready('a', { kind: 'test.wait' });
    await wake();
    await waitForValue(ids, ['a']);

    const swallowed = proxy.swallowNextReply((chunk) => chunk.includes('evalsha') && chunk.includes('\r\na\r\n'));
    began[0]!.end();
    await swallowed;
    await waitForValue(() => told, ['a']);

    expect(await completed()).toBe(1);
    expect(ids()).toEqual(['a']);
  });

  it('rule 10: a lost registration aborts the runs of that partition only, and takes a new id there only', async () => {
    const app = await start({ count: 6, heartbeatTtlMs: 2_000 }, 3);
    for (const at of [0, 1, 2]) {
      await planted[at]!.ready(`job-${at}`, { kind: 'test.wait' });
      await wake(at);
    }
    await waitUntil(() => began.length === 3);
    const before = await Promise.all([0, 1, 2].map(workersOf));

    await test.redis.zrem(planted[1]!.keys.workers, before[1]![0]!);
    await planted[1]!.revoked(before[1]![0]!, 1);
    await waitUntil(async () => (await workersOf(1)).length === 1);

    const after = await Promise.all([0, 1, 2].map(workersOf));
    expect([after[0], after[2]]).toEqual([before[0], before[2]]);
    expect(after[1]).not.toEqual(before[1]);
    const aborted = began.filter(({ signal }) => signal.aborted).map(({ id }) => id);
    expect(aborted).toEqual(['job-1']);
    await waitUntil(() => app.get(WorkerLifecycle).status().registered);
  });

  it('rule 11: a job whose run was abandoned is not started beside it, but handed back', async () => {
    const app = await start({ heartbeatTtlMs: 2_000 });
    const snoozed: string[] = [];
    app.get(QueueEvents).on('job.snoozed', ({ reason }) => snoozed.push(reason));
    await planted[0]!.ready('a', { kind: 'test.wait' });
    await wake();
    await waitForValue(ids, ['a']);
    const [workerId = ''] = await workersOf(0);

    await test.redis.zrem(planted[0]!.keys.workers, workerId);
    await test.redis.zrem(planted[0]!.keys.processing(workerId), 'a');
    await test.redis.rpush(planted[0]!.keys.ready('low'), 'a');
    await wake();
    await waitUntil(() => snoozed.includes('still-running'));

    expect(ids()).toEqual(['a']);
    expect(began[0]!.signal.aborted).toBe(true);
  });

  it('rule 25: a worker whose only slot is taken leaves the work to another one', async () => {
    await start({ count: 1 });
    await start({ count: 1 });
    for (const id of ['a', 'b']) await planted[0]!.ready(id, { kind: 'test.wait' });

    await wake();

    await waitUntil(() => began.length === 2);
    expect(ids().sort()).toEqual(['a', 'b']);
  });

  it('rule 27: an idle worker runs a scheduled job when it is due, without a token', async () => {
    const [seconds = ''] = await test.redis.time();
    await planted[0]!.scheduled('a', Number(seconds) * 1_000 + 1_500);
    const startedAt = performance.now();

    await start();
    await waitForValue(completed, 1, { everyMs: 5 });

    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });
});
