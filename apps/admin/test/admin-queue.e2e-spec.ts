import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  EnqueueService,
  InspectService,
  type Job,
  type JobContext,
  JobHandler,
  type JobHandlerContract,
  OperateService,
  QueueModule,
  UnrecoverableJobError,
  WorkerModule,
} from '@app/queue';
import { useRedis, waitUntil } from '@app/testing';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_PROGRAM, runAdmin } from './run-admin.js';

/** ESC, an OSC 52 clipboard write, a C1 control, a new line, a right-to-left override: in JSON escapes and raw. */
const HOSTILE = '\u001b]52;c;ZXZpbA==\u0007 \u009b2J line1\nline2 \u202egnp.exe';
const RAW_CONTROL = /[\p{Cc}\p{Cf}]/u;

@JobHandler('test.end')
class EndHandler implements JobHandlerContract<{ how: 'complete' | 'die' | 'wait' }> {
  async handle({ payload }: Job<{ how: 'complete' | 'die' | 'wait' }>, { signal }: JobContext): Promise<unknown> {
    if (payload.how === 'die') throw new UnrecoverableJobError(`no mailbox ${HOSTILE}`);
    if (payload.how === 'wait') await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return { answer: 42 };
  }
}

@Module({ providers: [EndHandler] })
class EndModule {}

const folder = mkdtempSync(join(tmpdir(), 'admin-queue-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each([1, 3])('admin on %i partitions', (partitions) => {
  const redis = useRedis();
  const apps: INestApplicationContext[] = [];
  let file: string;
  let enqueue: EnqueueService;

  beforeEach(async () => {
    file = join(folder, `${redis.prefix()}.yaml`);
    const settings = {
      redis: { addr: redis.addr, password: redis.password },
      queue: { prefix: redis.prefix(), partitions },
    };
    writeFileSync(file, JSON.stringify(settings)); // JSON is YAML
    enqueue = (await start(QueueModule.forRoot(queueOptions()))).get(EnqueueService);
  });
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  const queueOptions = () => ({ redis: { addr: redis.url }, prefix: redis.prefix(), partitions });
  const admin = (...args: string[]) => runAdmin([...args, `--config=${file}`]);
  const json = async (...args: string[]) => JSON.parse((await admin(...args, '--json')).stdout) as unknown;

  async function start(module: Parameters<typeof NestFactory.createApplicationContext>[0]) {
    const app = await NestFactory.createApplicationContext(module, { logger: ['error'] });
    apps.push(app);
    return app;
  }

  function startWorker() {
    const worker = WorkerModule.forRoot({ count: 4, heartbeatTtlMs: 5_000, shutdownTimeoutMs: 100 });
    return start({ module: EndModule, imports: [QueueModule.forRoot(queueOptions()), worker] });
  }

  it('stats shows what waits, what is paused, and that nobody works', async () => {
    await enqueue.enqueueMany([1, 2, 3].map(() => ({ kind: 'test.end', payload: {}, queue: 'high' })));
    await enqueue.enqueue('test.end', {}, { queue: 'low', delayMs: 60_000 });
    await apps[0]!.get(OperateService).pause('low', { reason: 'deploy', by: 'ops' });

    const { code, stdout, stderr } = await admin('stats');

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`${redis.prefix()} at ${redis.addr}/0`);
    expect(stdout).toMatch(/^high +3 +0 +0 +\d+\w+ +no$/m);
    expect(stdout).toMatch(/^low +0 +1 +0 +- +yes, by ops: deploy$/m);
    expect(stdout).toContain('! 4 jobs and no worker is alive: start one');
    expect(stdout).not.toContain(redis.password);
  });

  it('stats and workers show who holds what, also as a document', async () => {
    await startWorker();
    await enqueue.enqueue('test.end', { how: 'wait' });
    await waitUntil(async () => (await apps[0]!.get(InspectService).overview()).processing.total === 1);

    expect((await admin('stats')).stdout).toMatch(/^processing +1, oldest \d+m?s$/m);
    expect((await admin('workers')).stdout).toMatch(/^\S+ +\d+m?s ago +\d+m?s +1 +4 +\d+m?s +high,low/m);
    expect(await json('stats')).toMatchObject({ version: 1, partitions, processing: { total: 1 }, dead: { total: 0 } });
    const { workers } = (await json('workers')) as { workers: { heldJobs: number }[] };
    expect(workers.map(({ heldJobs }) => heldJobs).toSorted((one, other) => one - other)).toEqual([
      ...Array(partitions - 1).fill(0),
      1,
    ]);
  });

  it('peek shows the next to run first, as many as asked for, of one queue', async () => {
    for (const id of ['a', 'b', 'c']) await enqueue.enqueue('test.end', { id }, { id, queue: 'high' });
    await enqueue.enqueue('test.end', { id: 'd' }, { id: 'd', queue: 'low' });

    const { stdout } = await admin('peek', '--queue=high', '--n=2');

    expect(stdout.split('\n').slice(0, 1)).toEqual([expect.stringMatching(/^ID +QUEUE +KIND +DUE +FAILED +PAYLOAD$/)]);
    expect(stdout.trimEnd().split('\n')).toHaveLength(3);
    expect(stdout).toContain('{"id":"a"}');
    expect(await json('peek')).toMatchObject({
      version: 1,
      place: 'ready',
      queue: null,
      jobs: ['a', 'b', 'c', 'd'].map((id) => ({ id, payload: { id } })),
    });
  });

  it('peek and job show print no control character of a hostile payload', async () => {
    await enqueue.enqueue('test.end', { message: HOSTILE }, { id: 'evil', queue: 'low', uniqueKey: HOSTILE });

    for (const args of [['peek'], ['job', 'show', 'evil', '--payload']]) {
      const { stdout } = await admin(...args);
      const document = await admin(...args, '--json');

      expect(stdout).toContain('\\u001b]52;c;ZXZpbA==');
      expect(stdout.replaceAll('\n', '')).not.toMatch(RAW_CONTROL);
      expect(document.stdout.replaceAll('\n', '')).not.toMatch(RAW_CONTROL);
      expect(JSON.stringify(JSON.parse(document.stdout))).toContain(JSON.stringify(HOSTILE));
    }
  });

  it('peek ends quietly when nobody reads on, as with head', async () => {
    const payload = { text: 'x'.repeat(4_000) };
    await enqueue.enqueueMany(Array.from({ length: 200 }, () => ({ kind: 'test.end', payload })));

    const child = spawn(process.execPath, [ADMIN_PROGRAM, 'peek', '--n=200', '--json', `--config=${file}`]);
    child.stdout.once('data', () => child.stdout.destroy());
    const stderr = text(child.stderr);

    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await stderr).toBe('');
  });

  it('job show tells how a job ended, and its payload only when asked', async () => {
    await startWorker();
    await enqueue.enqueue('test.end', { how: 'complete' }, { id: 'good' });
    await enqueue.enqueue('test.end', { how: 'die' }, { id: 'bad' });
    await waitUntil(async () => {
      const { completed, dead } = await apps[0]!.get(InspectService).overview();
      return completed.total === 1 && dead.total === 1;
    });

    const good = await admin('job', 'show', 'good');
    const bad = await admin('job', 'show', 'bad');

    expect(good.stdout).toMatch(/^ {2}state +completed$/m);
    expect(good.stdout).toMatch(/^ {2}result +{"answer":42}$/m);
    expect(good.stdout + bad.stdout).not.toContain('"how"');
    expect(bad.stdout).toMatch(/^ {2}died +\S+ \S+, unrecoverable$/m);
    expect(bad.stdout).toContain('UnrecoverableJobError: no mailbox \\u001b]52;');
    expect(bad.stdout.replaceAll('\n', '')).not.toMatch(RAW_CONTROL);
    expect((await admin('job', 'show', 'bad', '--payload')).stdout).toMatch(/^ {2}payload +{"how":"die"}$/m);
    expect((await admin('peek', '--place=dead')).stdout).toContain('unrecoverable: {"how":"die"}');
    expect((await admin('peek', '--place=completed')).stdout).toMatch(/^good /m);
  });

  it('job show fails for an id that nobody knows', async () => {
    const { code, stdout, stderr } = await admin('job', 'show', 'nobody');

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: job "nobody" is not in the queue/);
  });

  it('refuses to read a queue with another number of partitions', async () => {
    const { code, stderr } = await runAdmin(['stats', `--config=${file}`], { QUEUE_PARTITIONS: '7' });

    expect(code).toBe(2);
    expect(stderr).toContain(`with partitions ${partitions}, this app has 7`);
  });

  it('names a wrong password without repeating it', async () => {
    const { code, stderr } = await runAdmin(['stats', `--config=${file}`], { REDIS_PASSWORD: 'wrong-secret' });

    expect(code).toBe(3);
    expect(stderr).toContain('WRONGPASS');
    expect(stderr).not.toContain('wrong-secret');
  });
});
