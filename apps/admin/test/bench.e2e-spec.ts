import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EnqueueService, InspectService, OperateService, QueueModule } from '@app/queue';
import { AppProcess, placesOf, QueueKeys, useRedis, waitForValue, waitUntil } from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_PROGRAM, runAdmin } from './run-admin.js';

const KEPT = 50;

interface BenchDocument {
  readonly version: number;
  readonly durationMs: number;
  readonly donePerSecond: number;
  readonly untilStart: { readonly meanMs: number; readonly p50Ms: number; readonly maxMs: number };
  readonly untilDone: { readonly p99Ms: number };
}

describe('admin bench', () => {
  const redis = useRedis();
  let queue: INestApplicationContext;
  let worker: AppProcess | undefined;

  beforeEach(async () => {
    const options = { redis: { addr: redis.url }, prefix: redis.prefix() };
    queue = await NestFactory.createApplicationContext(QueueModule.forRoot(options), { logger: ['error'] });
  });
  afterEach(async () => {
    await worker?.stop();
    worker = undefined;
    await queue.close();
  });

  const env = () => ({ REDIS_ADDR: redis.addr, REDIS_PASSWORD: redis.password, QUEUE_PREFIX: redis.prefix() });
  const bench = (...args: string[]) => runAdmin(['bench', ...args], env());
  const overview = () => queue.get(InspectService).overview();
  const places = async () => {
    const [first] = await placesOf(redis.redis, redis.prefix());
    return [...first!.containers].filter(([name]) => !name.startsWith('processing:'));
  };

  /** Everything of any benchmark that is in Redis. */
  async function traces(): Promise<string[]> {
    const keys = new QueueKeys(redis.prefix(), 0);
    const ids = (await redis.redis.hkeys(keys.jobs)).filter((id) => id.startsWith('bench-'));
    return [...ids, ...(await redis.redis.keys(keys.bench('*')))];
  }

  async function startWorker(): Promise<AppProcess> {
    const settings = {
      'redis.addr': redis.addr,
      'redis.password': redis.password,
      'queue.prefix': redis.prefix(),
      'queue.completed.keep_count': KEPT,
      'worker.count': 8,
    };
    worker = await AppProcess.start('worker', { settings });
    await worker.ready();
    await waitUntil(async () => (await overview()).workers.some(({ workerId }) => workerId !== 'held'));
    return worker;
  }

  /** Jobs of a kind that this worker refuses at once: they run, end and die while the benchmark runs. */
  function keepOthersBusy(): { stop: () => Promise<number> } {
    let isOver = false;
    let count = 0;
    const busy = (async () => {
      while (!isOver) {
        await queue.get(EnqueueService).enqueue('file.digest', { wrong: count++ }, { queue: 'high' });
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const stop = async () => {
      isOver = true;
      await busy;
      return count;
    };
    return { stop };
  }

  it('measures a live queue as the runbook says, and agrees with the metrics of the worker', async () => {
    const app = await startWorker();
    const before = await jobsOf(app);

    const { code, stdout } = await bench(
      '--bench-count=2000',
      '--bench-rate=1000',
      '--bench-priority=low',
      '--bench-timeout=60s',
      '--json',
    );

    expect(code).toBe(0);
    const figures = JSON.parse(stdout) as BenchDocument;
    expect(figures).toMatchObject({
      version: 1,
      enqueued: 2_000,
      done: 2_000,
      request: { queue: 'low', count: 2_000 },
    });
    await waitForValue(async () => (await jobsOf(app)).completed - before.completed, 2_000);
    const after = await jobsOf(app);
    const meanWaitMs = ((after.waitSum - before.waitSum) / (after.waits - before.waits)) * 1_000;
    expect(Math.abs(figures.untilStart.meanMs - meanWaitMs)).toBeLessThan(0.1 * meanWaitMs);
    const rate = 2_000 / (figures.durationMs / 1_000);
    expect(Math.abs(figures.donePerSecond - rate)).toBeLessThan(0.1 * rate);
    expect(await traces()).toEqual([]);
  });

  it('leaves other jobs, the completed list and the dead letter queue as they are, while others work', async () => {
    await startWorker();
    const others = keepOthersBusy();
    await redis.redis.lpush(
      new QueueKeys(redis.prefix(), 0).completed,
      ...Array.from({ length: KEPT }, (_, n) => `kept-${n}`),
    );
    for (let n = 0; n < KEPT; n++) {
      await redis.redis.hset(
        new QueueKeys(redis.prefix(), 0).jobs,
        `kept-${n}`,
        `1 ${Date.now()} low test\n{"payload":1}`,
      );
      await redis.redis.hset(new QueueKeys(redis.prefix(), 0).outcome, `kept-${n}`, `${Date.now()} 5 w1\n`);
    }
    const completed = (await places()).find(([name]) => name === 'completed');

    const { code, stdout } = await bench('--count=500', '--rate=500', '--json');

    const enqueued = await others.stop();
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ done: 500 });
    expect((await places()).find(([name]) => name === 'completed')).toEqual(completed);
    await waitUntil(async () => (await overview()).dead.total === enqueued);
    const dead = (await places()).find(([name]) => name === 'dead')?.[1] ?? [];
    expect(dead.filter((id) => id.startsWith('bench-'))).toEqual([]);
    expect(await traces()).toEqual([]);
  });

  it('shows the figures to people', async () => {
    await startWorker();

    const { code, stdout } = await bench('--count=50', '--priority=high');

    expect(code).toBe(0);
    expect(stdout).toMatch(/^50 jobs of 100 B through queue high, 1 worker with 8 slots$/m);
    expect(stdout).toMatch(/^throughput +[\d,]+\/s over \d+m?s$/m);
    expect(stdout).toMatch(/^ +P50 +P95 +P99 +MAX +MEAN$/m);
    expect(stdout).toMatch(/^enqueue → start( +[\d.,]+ ms){5}$/m);
    expect(stdout).toMatch(/^enqueue → done( +[\d.,]+ ms){5}$/m);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['no worker serves the queue', () => Promise.resolve(), 'no living worker serves queue low: start one first'],
    [
      'the queue is paused',
      () => queue.get(OperateService).pause('low', { reason: 'deploy', by: 'ops' }),
      'queue low is paused by ops: resume it first',
    ],
  ])('fails with 5 and enqueues nothing when %s', async (_, prepare, message) => {
    await prepare();

    const { code, stdout, stderr } = await bench();

    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain(`error: ${message}; nothing was measured`);
    expect(await traces()).toEqual([]);
  });

  it('fails with 5 and no figures when it does not finish, and takes its jobs back', async () => {
    await withHeldWorker();
    await queue.get(EnqueueService).enqueueMany([1, 2].map((n) => ({ kind: 'test.other', payload: n, queue: 'low' })));

    const { code, stdout, stderr } = await bench('--count=100', '--timeout=500ms', '--json');

    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain('note: 2 jobs of queue low lie ahead of the benchmark');
    expect(stderr).toMatch(
      /error: the benchmark did not finish within 500ms: 0 of 100 jobs were done, so there are no figures/,
    );
    expect(await traces()).toEqual([]);
    expect((await overview()).queues.find(({ name }) => name === 'low')).toMatchObject({ ready: 2 });
  });

  it('ends with 130 on Ctrl-C, and takes its jobs back', async () => {
    await withHeldWorker();
    const { child, stderr } = startBench();
    await waitUntil(async () => (await traces()).length > 20);

    child.kill('SIGINT');

    expect(await once(child, 'exit')).toEqual([130, null]);
    expect(await stderr).toContain('error: the benchmark was interrupted');
    expect(await traces()).toEqual([]);
  });

  it('leaves nothing behind once a worker works, when it is killed', async () => {
    await withHeldWorker();
    const { child } = startBench('--timeout=3s');
    await waitUntil(async () => (await traces()).length > 20);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await traces()).length).toBeGreaterThan(20);

    await startWorker();

    await waitUntil(async () => (await traces()).length === 0);
    await waitForValue(async () => (await overview()).completed.total, 0);
    expect((await overview()).dead.total).toBe(0);
  });

  it.each([
    [['--count=0'], '--count: found "0", expected a whole number from 1'],
    [['--bench-timeout=60'], '--bench-timeout: found "60", expected a duration'],
    [['--count=5', '--bench-count=6'], '--bench-count and --count are one flag'],
    [['--priority=hihg'], 'queue: found "hihg", expected one of high, low'],
  ])('refuses %j with 2', async (args, message) => {
    const { code, stdout, stderr } = await bench(...args);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  /** A worker that is alive and claims nothing: what it would run waits. */
  async function withHeldWorker(): Promise<void> {
    const keys = new QueueKeys(redis.prefix(), 0);
    await redis.redis.hset(keys.worker('held'), { host: 'h', pid: 1, version: '1', queues: 'high,low', slots: 4 });
    await redis.redis.zadd(keys.workers, Date.now() + 600_000, 'held');
  }

  function startBench(...args: string[]) {
    const all = [ADMIN_PROGRAM, 'bench', '--count=1000', '--rate=500', ...args];
    const child = spawn(process.execPath, all, { env: { PATH: process.env['PATH'], ...env() }, cwd: tmpdir() });
    return { child, stderr: text(child.stderr) };
  }
});

async function jobsOf(app: AppProcess): Promise<{ completed: number; waits: number; waitSum: number }> {
  const [completed, waits, waitSum] = await Promise.all([
    app.metric('jobs_completed_total', { queue: 'low' }),
    app.metric('job_wait_duration_seconds_count', { queue: 'low' }),
    app.metric('job_wait_duration_seconds_sum', { queue: 'low' }),
  ]);
  return { completed: completed!, waits: waits!, waitSum: waitSum! };
}
