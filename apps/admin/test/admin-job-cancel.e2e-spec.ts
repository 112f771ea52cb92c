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
  type JobContext,
  JobHandler,
  type JobHandlerContract,
  QueueModule,
  WorkerModule,
} from '@app/queue';
import { useRedis, waitUntil } from '@app/testing';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runAdmin } from './run-admin.js';

const HOSTILE = 'wrong list \u001b]52;c;ZXZpbA==\u0007 \u202e';
const RAW_CONTROL = /[\p{Cc}\p{Cf}]/u;
const started = new Set<string>();

@JobHandler('test.long')
class LongHandler implements JobHandlerContract<{ heeds: boolean; ms?: number }> {
  async handle({ id, payload }: Job<{ heeds: boolean; ms?: number }>, { signal }: JobContext): Promise<void> {
    started.add(id);
    await new Promise<void>((resolve, reject) => {
      setTimeout(resolve, payload.ms ?? 60_000).unref();
      if (payload.heeds) signal.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }
}

@Module({ providers: [LongHandler] })
class LongModule {}

const folder = mkdtempSync(join(tmpdir(), 'admin-cancel-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('admin job cancel', () => {
  const redis = useRedis();
  const apps: INestApplicationContext[] = [];
  let file: string;
  let enqueue: EnqueueService;
  let inspect: InspectService;

  beforeEach(async () => {
    started.clear();
    file = join(folder, `${redis.prefix()}.yaml`);
    const settings = { redis: { addr: redis.addr, password: redis.password }, queue: { prefix: redis.prefix() } };
    writeFileSync(file, JSON.stringify(settings)); // JSON is YAML
    const app = await start(QueueModule.forRoot(queueOptions()));
    enqueue = app.get(EnqueueService);
    inspect = app.get(InspectService);
  });
  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
  });

  const queueOptions = () => ({ redis: { addr: redis.url }, prefix: redis.prefix() });
  const cancel = (...args: string[]) => runAdmin(['job', 'cancel', ...args, `--config=${file}`]);
  const audited = async () => (await redis.redis.xrange(`{${redis.prefix()}:0}:audit`, '-', '+')).length;

  async function start(module: Parameters<typeof NestFactory.createApplicationContext>[0]) {
    const app = await NestFactory.createApplicationContext(module, { logger: ['error'] });
    apps.push(app);
    return app;
  }
  async function startRunning(id: string, payload: { heeds: boolean; ms?: number }): Promise<void> {
    const worker = WorkerModule.forRoot({ count: 1, heartbeatTtlMs: 120_000, shutdownTimeoutMs: 100 });
    await start({ module: LongModule, imports: [QueueModule.forRoot(queueOptions()), worker] });
    await enqueue.enqueue('test.long', payload, { id });
    await waitUntil(() => started.has(id));
  }

  it('takes a waiting job out, says how to take that back, and records who did it and why', async () => {
    await enqueue.enqueue('test.long', {}, { id: 'letter', delayMs: 60_000 });

    const { code, stdout } = await cancel('letter', `--reason=${HOSTILE}`);

    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^job letter \(test\.long, queue low\) was scheduled for .*: it is dead now, reason cancelled\./,
    );
    expect(await audited()).toBe(2);
    const shown = await runAdmin(['job', 'show', 'letter', `--config=${file}`]);
    expect(shown.stdout).toMatch(/^ {2}died +\S+ \S+, cancelled$/m);
    expect(shown.stdout).toMatch(/cancelled by \S+@\S+: wrong list \\u001b\]52;c;ZXZpbA==\\u0007 \\u202e/);
    expect(shown.stdout.replaceAll('\n', '')).not.toMatch(RAW_CONTROL);
  });

  it('says at a second call that it was cancelled already', async () => {
    await enqueue.enqueue('test.long', {}, { id: 'letter' });
    await cancel('letter');
    const { death } = await inspect.findJob('letter');

    const { code, stdout } = await cancel('letter', '--json');

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, outcome: 'over', endedAs: 'dead', job: { death } });
  });

  it('aborts a running job through its signal, at a worker that has no free slot', async () => {
    await startRunning('runs', { heeds: true });

    const { code, stdout, stderr } = await cancel('runs');

    expect(code).toBe(0);
    expect(stdout).toMatch(/^job runs \(test\.long, queue low\) ran on \S+ since .*: it is dead now/);
    expect(stderr).not.toContain('note: its handler');
    expect(await inspect.findJob('runs')).toMatchObject({ state: 'dead', attempts: 0, death: { reason: 'cancelled' } });
  });

  it('fails for a job that has ended, or that completes all the same', async () => {
    await startRunning('quick', { heeds: false, ms: 300 });

    const late = await cancel('quick');
    const later = await cancel('quick');

    for (const { code, stdout, stderr } of [late, later]) {
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^error: job "quick" was completed at .*, before it could be cancelled$/m);
    }
    const unknown = await cancel('nobody');
    expect([unknown.code, unknown.stdout]).toEqual([1, '']);
    expect(unknown.stderr).toMatch(/error: job "nobody" is not in the queue/);
  });

  it('changes nothing in a dry run', async () => {
    await startRunning('runs', { heeds: true });
    await enqueue.enqueue('test.long', {}, { id: 'waits' });

    const runs = await cancel('runs', '--dry-run');
    const waits = await cancel('waits', '--dry-run');

    expect(runs.stdout).toMatch(/its worker would be told to end it\. Nothing was changed\.$/m);
    expect(waits.stdout).toMatch(/was ready: it would be dead, reason cancelled\. Nothing was changed\.$/m);
    expect((await inspect.findJob('waits')).state).toBe('ready');
    expect((await inspect.findJob('runs')).claim).toMatchObject({ cancelRequest: null });
    expect(await audited()).toBe(0);
  });
});
