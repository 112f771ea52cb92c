import 'reflect-metadata';
import { QueueKeys, storedJobs, useRedis, waitForValue, waitUntil } from '@app/testing';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type BreakerInfo,
  EnqueueService,
  InspectService,
  JobHandler,
  type JobHandlerContract,
  OperateService,
  QueueEvents,
  QueueModule,
  UnrecoverableJobError,
  WorkerLifecycle,
  WorkerModule,
} from '../index.js';

const COOLDOWN_MS = 1_500;
const BREAKER = { minSamples: 10, windowMs: 60_000, cooldownPeriodMs: COOLDOWN_MS };

/** What the handlers of this spec saw, in both workers, and do. */
const seen = { isDead: true, runs: [] as number[], now: 0, steady: 0, mostAtOnce: 0 };

@JobHandler('test.mail')
class MailHandler implements JobHandlerContract {
  async handle(): Promise<void> {
    seen.runs.push(performance.now());
    seen.mostAtOnce = Math.max(seen.mostAtOnce, ++seen.now);
    await new Promise((resolve) => setTimeout(resolve, 5));
    seen.now--;
    if (seen.isDead) throw new Error('the mail server is down');
  }
}

@JobHandler('test.steady')
class SteadyHandler implements JobHandlerContract {
  handle(): void {
    seen.steady++;
  }
}

@JobHandler('test.picky')
class PickyHandler implements JobHandlerContract {
  handle(): void {
    throw new UnrecoverableJobError('not this one');
  }
}

@Module({ providers: [MailHandler, SteadyHandler, PickyHandler] })
class MailModule {}

/** A worker that cannot run the kind that fails. */
@Module({ providers: [SteadyHandler] })
class SteadyModule {}

describe('a circuit breaker that all workers share', () => {
  const redis = useRedis();
  let producer: INestApplicationContext;
  let workers: INestApplicationContext[];
  let changes: string[][];

  beforeEach(async () => {
    Object.assign(seen, { isDead: true, runs: [], now: 0, steady: 0, mostAtOnce: 0 });
    workers = [];
    changes = [];
    producer = await NestFactory.createApplicationContext(queue(), { logger: ['error'] });
  });
  afterEach(async () => {
    for (const app of [...workers, producer]) await app.close();
  });

  const queue = () => QueueModule.forRoot({ redis: { addr: redis.url }, prefix: redis.prefix() });

  async function startWorker({ count = 8, module = MailModule as object, heartbeatTtlMs = 30_000, breaker = {} } = {}) {
    const circuitBreaker = { ...BREAKER, ...breaker };
    const worker = { count, heartbeatTtlMs, maxRetries: 1_000, backoff: { baseMs: 5, maxMs: 20 }, circuitBreaker };
    const imports = [queue(), WorkerModule.forRoot(worker)];
    const app = await NestFactory.createApplicationContext({ module: module as never, imports }, { logger: ['error'] });
    const told: string[] = [];
    app.get(QueueEvents).on('breaker.changed', ({ kind, from, to }) => told.push(`${kind} ${from} ${to}`));
    changes.push(told);
    workers.push(app);
    return app;
  }

  const enqueue = (kind: string, count: number, queueName = 'low') =>
    producer
      .get(EnqueueService)
      .enqueueMany(Array.from({ length: count }, () => ({ kind, queue: queueName, payload: {} })));
  const overview = () => producer.get(InspectService).overview();
  const completed = async () => (await overview()).completed.total;
  const breaker = async (): Promise<BreakerInfo | undefined> => (await overview()).breakers[0];
  /** Failed attempts of each job of the kind that fails. */
  const attempts = async () => {
    const jobs = await storedJobs(redis.redis, redis.prefix());
    return new Map(jobs.filter(({ kind }) => kind === 'test.mail').map(({ id, history }) => [id, history.attempts]));
  };
  const stateOn = (app: INestApplicationContext) => app.get(WorkerLifecycle).breakers().get('test.mail');

  async function trip() {
    await waitUntil(() => changes.every((told) => told.includes('test.mail closed open')), { what: 'the trip' });
    await waitUntil(() => seen.now === 0, { what: 'the end of what ran' });
  }

  it('stops a kind on both workers, burns no attempt while it is open, and runs all jobs in the end', async () => {
    const [one, other] = [await startWorker({ count: 4 }), await startWorker({ count: 4 })];
    await enqueue('test.mail', 50);
    await trip();
    await waitUntil(async () => (await breaker())?.parked === 50, { what: 'the parking' });
    const burnt = seen.runs.length;
    const spent = await attempts();

    await enqueue('test.steady', 500);
    await waitUntil(() => seen.steady === 500, { what: 'the other kind' });

    expect([stateOn(one), stateOn(other)]).toEqual(['open', 'open']);
    expect(burnt).toBeLessThan(200); // they would be thousands by now
    expect(seen.runs).toHaveLength(burnt);
    expect(await attempts()).toEqual(spent);
    seen.mostAtOnce = 0;
    await waitUntil(() => seen.runs.length >= burnt + 2, { what: 'two probes' });
    const [first, second] = seen.runs.slice(burnt) as [number, number];
    expect(second - first).toBeGreaterThan(COOLDOWN_MS - 50);
    expect(seen.mostAtOnce).toBe(1);

    seen.isDead = false;
    await waitUntil(async () => (await completed()) === 550, { timeoutMs: 20_000, what: 'the end of all jobs' });

    await waitUntil(() => stateOn(one) === 'closed' && stateOn(other) === 'closed', { what: 'the news of the end' });
    expect(await breaker()).toBeUndefined();
    for (const told of changes) {
      expect(told[0]).toBe('test.mail closed open');
      expect(told.at(-1)).toMatch(/^test\.mail (half-)?open closed$/);
    }
  });

  it('is known to a worker that starts while it is open', async () => {
    const first = await startWorker();
    await enqueue('test.mail', 30);
    await trip();
    await first.close();
    workers = [];
    const burnt = seen.runs.length;

    const late = await startWorker();
    await waitUntil(async () => (await breaker())?.parked === 30, { what: 'the parking' });

    expect(stateOn(late)).not.toBe('closed');
    expect(seen.runs.length).toBeLessThanOrEqual(burnt + 1); // a probe, when the start took a cooldown
    seen.isDead = false;
    await waitUntil(async () => (await completed()) === 30, { what: 'the end of all jobs' });
  });

  it('gives parked jobs of a paused queue back to it, where the pause holds them', async () => {
    await startWorker({ breaker: { cooldownPeriodMs: 300 } });
    await enqueue('test.mail', 20, 'high');
    await enqueue('test.mail', 20, 'low');
    await trip();
    await waitUntil(async () => (await breaker())?.parked === 40, { what: 'the parking' });
    await producer.get(OperateService).pause('high', { reason: 'deploy', by: 'ops' });
    seen.isDead = false;

    await waitUntil(async () => (await completed()) === 20, { what: 'the end of the other queue' });
    await waitUntil(async () => (await breaker()) === undefined, { what: 'the giving back' });

    expect((await overview()).queues[0]).toMatchObject({ name: 'high', ready: 20, parked: 0 });
    await producer.get(OperateService).resume('high');
    await waitUntil(async () => (await completed()) === 40, { what: 'the end of all jobs' });
  });

  it('does not hear errors that say something about a job alone', async () => {
    const [worker] = [await startWorker()];
    await enqueue('test.picky', 40);
    await waitUntil(async () => (await overview()).dead.total === 40, { what: 'the end of all jobs' });
    await enqueue('test.mail', 9);
    await waitUntil(() => seen.runs.length >= 9, { what: 'some failures' });
    seen.isDead = false;
    await waitUntil(async () => (await completed()) === 9, { what: 'the end of the others' });

    expect(worker.get(WorkerLifecycle).breakers().get('test.picky')).toBe('closed');
  });

  it('is probed again after the lease of a prober that is gone', async () => {
    const { redis: client } = redis;
    const keys = new QueueKeys(redis.prefix(), 0);
    seen.isDead = false;
    await enqueue('test.mail', 6);
    const ids = await client.lrange(keys.ready('low'), 0, -1);
    await client.del(keys.ready('low'));
    await client.zadd(keys.processing('ghost'), 5, ids.at(-1)!);
    await client.lpush(keys.parked('low', 'test.mail'), ...ids.slice(0, -1));
    await client.zadd(keys.workers, Date.now() + 1_000, 'ghost');
    await client.hset(keys.control, 'breakers', `test.mail half-open 4 1 ghost ${ids.at(-1)} 5 low=-`);

    await startWorker({ heartbeatTtlMs: 1_500 });

    await waitUntil(async () => (await client.zscore(keys.workers, 'ghost')) === null, {
      what: 'the end of the lease',
    });
    await waitUntil(async () => (await completed()) === 6, { what: 'the end of all jobs' });
    // two replies of one millisecond may overtake each other, and then tell of it once more
    await waitForValue(() => changes[0]?.slice(0, 2), ['test.mail closed half-open', 'test.mail half-open closed']);
  });

  it('is forgotten when nobody has been able to run the kind for a window', async () => {
    const { redis: client } = redis;
    const keys = new QueueKeys(redis.prefix(), 0);
    await enqueue('test.mail', 3);
    await client.rename(keys.ready('low'), keys.parked('low', 'test.mail'));
    await client.hset(keys.control, 'breakers', `test.mail open 4 ${Date.now() - 1_000} - - 0 low=-`);

    await startWorker({ module: SteadyModule, breaker: { windowMs: 2_000 } });

    const counts = async () => (await overview()).queues[1];
    await waitUntil(async () => (await counts())?.scheduled === 3, { what: 'the postponement of an unknown kind' });
    expect(await breaker()).toBeUndefined();
    expect(changes[0]).toEqual(['test.mail closed open', 'test.mail open closed']);
  });
});
