import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  claimJobs,
  dumpKeys,
  ended,
  loadKeys,
  registerWorker,
  type StoredKeys,
  type TestRedis,
  usePlantedQueue,
  useRedis,
  waitUntil,
} from '@app/testing';
import { afterEach, describe, expect, it } from 'vitest';
import {
  EnqueueService,
  InspectService,
  JobHandler,
  type JobHandlerContract,
  OperateService,
  QueueModule,
  WorkerModule,
} from '../src/index.js';
import { encodeHistoryTail } from '../src/job/job-history.js';
import type { JobHistory } from '../src/job/job-history.js';
import { LOST } from '../src/worker/worker-calls.js';

/** What every later build must be able to read. Another text here is another format: CONTRIBUTING.md says what that takes. */
const FIXTURE = new URL('./stored-format-1.json', import.meta.url);
const readFixture = (): StoredKeys => JSON.parse(readFileSync(FIXTURE, 'utf8')) as StoredKeys;

const TRAIL = {
  atMs: 1_764_000_000_000,
  workerId: 'w1',
  what: 'error',
  fingerprint: 'f00d',
  summary: 'Error: no',
} as const;
const PAST: JobHistory = { dueAtMs: 0, attempts: 1, crashes: 0, interruptions: 0, snoozes: 0, trail: [TRAIL] };
const FAILURE = { fingerprint: 'f00d', json: '{"errorClass":"Error","message":"no","stack":""}' };

describe('what this build stores', () => {
  const queue = usePlantedQueue(1);

  it('has the form of version 1', async () => {
    const { addr, password } = queue.test;
    const app = await NestFactory.createApplicationContext(
      QueueModule.forRoot({ redis: { addr, password }, prefix: queue.test.prefix() }),
      { logger: ['error'] },
    );
    const enqueue = app.get(EnqueueService);
    const put = (id: string, options: object = {}) => enqueue.enqueue('golden.job', { id }, { id, ...options });
    for (const id of ['completes', 'is-retried', 'is-buried', 'is-held']) await put(id, { queue: 'high' });
    const worker = await registerWorker(queue);
    const [completes, retried, buried] = await claimJobs(worker, 4);
    const common = { queue: 1, failure: FAILURE } as const;
    const outcomes = [
      ended(retried!, { verb: 'retry', delayMs: 60_000, historyTail: encodeHistoryTail(PAST), ...common }),
      ended(buried!, {
        verb: 'bury',
        delayMs: 0,
        historyTail: encodeHistoryTail({ ...PAST, attempts: 4, reason: 'retries-exhausted' }),
        ...common,
      }),
    ];
    expect(await worker.fail(outcomes)).not.toBe(LOST);
    const done = ended(completes!, { verb: 'ack', outcomeTail: 'w1 1 12\n{"ok":true}' });
    expect(await worker.advance([done], 0, 0)).not.toBe(LOST);
    await put('is-ready', { uniqueKey: 'once', headers: { trace: 'abc' }, maxRetries: 7, timeoutMs: 5_000 });
    await put('is-scheduled', { delayMs: 60_000 });
    await app.get(OperateService).pause('low', { reason: 'deploy', by: 'ops' });
    await app.close();

    const stored = await dumpKeys(queue.test.redis, queue.test.prefix());
    await expect(`${JSON.stringify(stored, null, 2)}\n`).toMatchFileSnapshot(FIXTURE.pathname);
  });
});

/** The fixture is older than what an outcome is kept for by default. */
const FOR_EVER = { keepForMs: 100 * 365 * 86_400_000 };

@JobHandler('golden.job')
class GoldenHandler implements JobHandlerContract<{ id: string }> {
  handle(): { ok: true } {
    return { ok: true };
  }
}

@Module({ providers: [GoldenHandler] })
class GoldenModule {}

describe('what a build of version 1 has stored', () => {
  const redis = useRedis();
  let app: INestApplicationContext | undefined;
  afterEach(() => app?.close());

  it('is run, recovered, shown and kept by this one', async () => {
    await loadKeys(redis.redis, redis.prefix(), readFixture());
    app = await startWorker(redis);
    const inspect = app.get(InspectService);

    const [before] = (await inspect.overview()).queues.filter(({ name }) => name === 'low');
    expect(before?.paused).toMatchObject({ reason: 'deploy', by: 'ops' });
    await app.get(OperateService).resume('low');

    await waitUntil(async () => (await inspect.overview()).completed.total === 5, {
      what: 'all jobs but the dead one',
      timeoutMs: 20_000,
    });
    const dead = await inspect.findJob('is-buried');
    expect(dead).toMatchObject({ state: 'dead', attempts: 4, death: { reason: 'retries-exhausted' } });
    expect(await app.get(EnqueueService).enqueue('golden.job', {}, { uniqueKey: 'once' })).toMatchObject({
      outcome: 'duplicate',
      id: 'is-ready',
    });
  });
});

function startWorker(redis: TestRedis): Promise<INestApplicationContext> {
  const queue = QueueModule.forRoot({ redis: { addr: redis.url }, prefix: redis.prefix(), completed: FOR_EVER });
  const worker = WorkerModule.forRoot({ heartbeatTtlMs: 1_000 });
  return NestFactory.createApplicationContext(
    { module: GoldenModule, imports: [queue, worker] },
    { logger: ['error'] },
  );
}
