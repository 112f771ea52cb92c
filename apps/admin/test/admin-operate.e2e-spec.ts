import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  EnqueueService,
  InspectService,
  type Job,
  JobHandler,
  type JobHandlerContract,
  QueueModule,
  UnrecoverableJobError,
  WorkerModule,
} from '@app/queue';
import { PlantedJobs, useRedis, waitUntil } from '@app/testing';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runAdmin } from './run-admin.js';

/** Jobs of this kind die until somebody mends what they need. */
const world = { isMended: false };

@JobHandler('test.mend')
class MendHandler implements JobHandlerContract {
  async handle({ id }: Job): Promise<void> {
    if (!world.isMended) throw new UnrecoverableJobError(`the world of job "${id}" is broken`);
  }
}

@Module({ providers: [MendHandler] })
class MendModule {}

const folder = mkdtempSync(join(tmpdir(), 'admin-operate-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('admin while workers work', () => {
  const redis = useRedis();
  const apps: INestApplicationContext[] = [];
  let file: string;
  let enqueue: EnqueueService;
  let inspect: InspectService;

  beforeEach(async () => {
    world.isMended = false;
    file = join(folder, `${redis.prefix()}.yaml`);
    const { addr, password } = redis;
    writeFileSync(file, JSON.stringify({ redis: { addr, password }, queue: { prefix: redis.prefix() } })); // JSON is YAML
    const app = await start(QueueModule.forRoot({ redis: { addr, password }, prefix: redis.prefix() }));
    enqueue = app.get(EnqueueService);
    inspect = app.get(InspectService);
  });
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  async function start(module: Parameters<typeof NestFactory.createApplicationContext>[0]) {
    const app = await NestFactory.createApplicationContext(module, { logger: ['error'] });
    apps.push(app);
    return app;
  }

  function startWorker() {
    const { addr, password } = redis;
    const queue = QueueModule.forRoot({ redis: { addr, password }, prefix: redis.prefix() });
    return start({ module: MendModule, imports: [queue, WorkerModule.forRoot({ count: 4, shutdownTimeoutMs: 100 })] });
  }

  const admin = (...args: string[]) => runAdmin([...args, `--config=${file}`]);
  const overview = () => inspect.overview();

  async function letDie(count: number) {
    await enqueue.enqueueMany(Array.from({ length: count }, () => ({ kind: 'test.mend', payload: {} })));
    await waitUntil(async () => (await overview()).dead.total === count);
  }

  it('a canary of jobs that fail again stops the requeue; once the trouble is mended, all go through', async () => {
    await startWorker();
    await letDie(60);
    expect((await admin('dlq', 'groups')).stdout).toMatch(/60 dead in 1 group\n$/);

    const broken = await admin('dlq', 'requeue', '--yes', '--canary=5');
    const after = await overview();
    world.isMended = true;
    const mended = await admin('dlq', 'requeue', '--yes', '--canary=5');
    await waitUntil(async () => (await overview()).completed.total === 60);

    expect(broken).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/canary of 5: [1-5] died again, 0 completed/),
    });
    expect(broken.stdout).toMatch(/^requeued 5 dead jobs/);
    expect(after.completed.total).toBe(0);
    await waitUntil(async () => (await overview()).dead.total === 0);
    expect(mended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^requeued 60 dead jobs/) });
  });

  it('workers go on while a purge runs', async () => {
    world.isMended = true;
    const { keys } = new PlantedJobs(redis.redis, redis.prefix());
    const ids = Array.from({ length: 40_000 }, (_, at) => `dead-${at}`);
    for (let from = 0; from < ids.length; from += 5_000) {
      const part = ids.slice(from, from + 5_000);
      await redis.redis.hset(keys.jobs, Object.fromEntries(part.map((id) => [id, '1 1 low test.old\n{"payload":1}'])));
      await redis.redis.zadd(keys.dead, ...part.flatMap((id) => [1, id]));
    }
    await startWorker();

    const purge = admin('purge-dlq', '--yes', '--kind=test.old');
    await waitUntil(async () => (await overview()).dead.total < ids.length);
    await enqueue.enqueueMany(Array.from({ length: 100 }, () => ({ kind: 'test.mend', payload: {} })));
    await waitUntil(async () => (await overview()).completed.total === 100);

    expect((await overview()).dead.total).toBeGreaterThan(0);
    expect(await purge).toMatchObject({ code: 0, stdout: expect.stringMatching(/^purged 40,000 dead jobs/) });
  });

  it('queue pause stops claims with its reason and its end, queue resume allows them', async () => {
    world.isMended = true;
    await startWorker();

    const paused = await admin('queue', 'pause', 'low', '--reason=deploy of 1.4', '--for=10m');
    await enqueue.enqueue('test.mend', {});
    const stats = (await overview()).queues.find(({ name }) => name === 'low');
    const resumed = await admin('queue', 'resume', 'low');
    const again = await admin('queue', 'resume', 'low', '--json');

    expect(paused.stdout).toMatch(/^paused low until \d{4}-.*Z; jobs may still be enqueued/);
    expect(stats).toMatchObject({ ready: 1, paused: { reason: 'deploy of 1.4', by: expect.stringMatching(/.@./) } });
    expect(stats?.paused?.untilMs).toBeGreaterThan((await overview()).nowMs + 500_000);
    expect(resumed.stdout).toBe('low is resumed\n');
    expect(JSON.parse(again.stdout)).toEqual({ version: 1, queue: 'low', resumed: false });
    await waitUntil(async () => (await overview()).completed.total === 1);
  });

  it('a pause that is over ends by itself', async () => {
    world.isMended = true;
    await startWorker();

    await admin('queue', 'pause', 'low', '--reason=short', '--for=1s');
    await enqueue.enqueue('test.mend', {});

    await waitUntil(async () => (await overview()).completed.total === 1, { timeoutMs: 30_000 });
  });

  it.each([
    [['queue', 'pause', 'low'], '--reason: found nothing'],
    [['queue', 'pause', 'hihg', '--reason=x'], 'queue: found "hihg", expected one of high, low'],
    [['queue', 'pause', 'low', '--reason=x', '--for=soon'], '--for: found "soon"'],
    [['queue', 'resume', 'hihg'], 'queue: found "hihg"'],
    [['queue', 'purge', 'hihg', '--yes'], 'queue: found "hihg"'],
    [['queue', 'purge'], "missing required argument 'name'"],
    [['purge-all', '--yes', '--prefix-check=x'], '--dev: found nothing'],
  ])('%j is wrong usage', async (args, message) => {
    expect(await admin(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
  });

  it('queue purge forgets what waits, of one kind when asked, and refuses without consent', async () => {
    const jobs = Array.from({ length: 30 }, (_, at) => ({
      kind: at % 3 === 0 ? 'test.bad' : 'test.mend',
      payload: { at },
    }));
    await enqueue.enqueueMany(jobs);
    await enqueue.enqueue('test.bad', {}, { delayMs: 600_000 });

    const refused = await admin('queue', 'purge', 'low');
    const dry = await admin('queue', 'purge', 'low', '--kind=test.bad', '--dry-run');
    const purged = await admin('queue', 'purge', 'low', '--kind=test.bad', '--yes', '--reason=sent twice');

    expect(refused).toMatchObject({ code: 4, stdout: '' });
    expect(dry.stdout).toContain('would purge 11 of 31 waiting jobs of low');
    expect(purged.stdout).toMatch(/^purged 11 waiting jobs of low, /);
    expect((await overview()).queues.find(({ name }) => name === 'low')).toMatchObject({ ready: 20, scheduled: 0 });
  });

  it('purge-all forgets everything but the audit trail, only when the prefix is certain and it is no production', async () => {
    await enqueue.enqueueMany(Array.from({ length: 5 }, () => ({ kind: 'test.mend', payload: {}, uniqueKey: 'a' })));
    const yes = ['purge-all', '--dev', '--yes', `--prefix-check=${redis.prefix()}`, `--config=${file}`];

    expect(await admin('purge-all', '--dev')).toMatchObject({ code: 4 });
    expect(await admin('purge-all', '--dev', '--yes')).toMatchObject({ code: 4 });
    expect(await admin('purge-all', '--dev', '--yes', '--prefix-check=other')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining(`found "other", but queue.prefix is "${redis.prefix()}"`),
    });
    expect(await runAdmin(yes, { NODE_ENV: 'production' })).toMatchObject({ code: 4 });
    expect((await overview()).queues.find(({ name }) => name === 'low')?.ready).toBe(1);

    const done = await runAdmin(yes);

    expect(done).toMatchObject({ code: 0, stdout: expect.stringMatching(/^forgot \d+ keys, /) });
    expect(await redis.redis.keys(`{${redis.prefix()}:*`)).toEqual([`{${redis.prefix()}:0}:audit`]);
  });

  it('records who did what, why, and in which numbers', async () => {
    await startWorker();
    await letDie(3);

    await admin('purge-dlq', '--yes', '--kind=test.mend', '--reason=cleaning up');

    const { entries } = JSON.parse((await admin('audit', '--json')).stdout) as { entries: object[] };
    expect(JSON.stringify(entries)).toMatch(/purge-dlq.*cleaning up/);
    expect(JSON.stringify(entries)).toMatch(/applied[^\d]+3/);
  });
});
