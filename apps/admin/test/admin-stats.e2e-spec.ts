import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppProcess, PlantedJobs, useRedis, waitUntil } from '@app/testing';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_PROGRAM, runAdmin } from './run-admin.js';

const folder = mkdtempSync(join(tmpdir(), 'admin-stats-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('admin stats', () => {
  const redis = useRedis();
  let file: string;
  let planted: PlantedJobs;

  beforeEach(() => {
    file = join(folder, `${redis.prefix()}.yaml`);
    const settings = { redis: { addr: redis.addr, password: redis.password }, queue: { prefix: redis.prefix() } };
    writeFileSync(file, JSON.stringify(settings)); // JSON is YAML
    planted = new PlantedJobs(redis.redis, redis.prefix());
  });

  const admin = (...args: string[]) => runAdmin([...args, `--config=${file}`]);
  const nowMs = async () => Number((await redis.redis.time())[0]) * 1_000;

  /** Runs `stats --watch` until its output satisfies, then presses Ctrl-C. */
  async function watched(args: readonly string[], isEnough: (text: string) => boolean) {
    const child = spawn(process.execPath, [ADMIN_PROGRAM, 'stats', ...args, `--config=${file}`]);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await waitUntil(() => isEnough(text));
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number];
    return { code, text };
  }

  it('shows heartbeats, and the breakers that are not closed', async () => {
    await planted.worker('web-7', (await nowMs()) + 25_000, { leaseMs: '30000' });
    await planted.breaker('mail.send', 'open', { queues: ['low'] });
    for (const id of ['a', 'b']) await planted.parked(id, { kind: 'mail.send' });

    const stats = await admin('stats');

    expect(stats.stdout).toMatch(/^breakers +mail\.send open, 2 parked$/m);
    expect(stats.stdout).toMatch(/^low +2 /m);
    expect(stats.stdout).toContain('! the circuit breaker of mail.send is open');
    expect(stats.stdout).toMatch(/^web-7 +[4-9]s ago +2\ds /m);
  });

  it('knows a breaker that a worker has opened at once', async () => {
    const settings = {
      'redis.addr': redis.addr,
      'redis.password': redis.password,
      'queue.prefix': redis.prefix(),
      'worker.max_retries': 0,
      'circuit_breaker.min_samples': 2,
      'worker.command_run.commands': JSON.stringify({ broken: ['/bin/sh', '-c', 'exit 75'] }),
    };
    const worker = await (await AppProcess.start('worker', { settings })).ready();
    try {
      for (const id of ['a', 'b', 'c']) {
        await planted.ready(id, { kind: 'command.run', payload: { command: 'broken' } });
        await redis.redis.lpush(planted.keys.wake('low'), 1);
      }

      await waitUntil(async () => (await admin('stats')).stdout.includes('command.run open, '));
    } finally {
      await worker.stop();
    }
  });

  it('watches: a block each time, until Ctrl-C', async () => {
    const { code, text } = await watched(['--watch=1'], (seen) => (seen.match(/every 1 s/g) ?? []).length >= 2);

    expect(code).toBe(130);
    expect(text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ, every 1 s; Ctrl-C ends\n\n\S+ at /);
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('watches as a program: one document a line', async () => {
    const { text } = await watched(['--watch=1', '--json'], (seen) => (seen.match(/\n/g) ?? []).length >= 2);

    for (const line of text.trimEnd().split('\n')) {
      expect(JSON.parse(line)).toMatchObject({ version: 1, prefix: redis.prefix(), dead: { total: 0 } });
    }
  });

  it('refuses an interval that makes no sense', async () => {
    expect(await admin('stats', '--watch=0')).toMatchObject({ code: 2, stdout: '' });
  });

  it('stats-keys shows every family that is there, with counts and sizes, and changes nothing', async () => {
    for (const id of ['a', 'b', 'c']) await planted.ready(id, { queue: 'high' });
    await planted.scheduled('d', (await nowMs()) + 60_000);
    await planted.dead('e', 1);
    await planted.worker('web-7', (await nowMs()) + 25_000);
    await redis.redis.set(planted.keys.unique('order'), 'a', 'PX', 60_000);
    const before = await redis.redis.dbsize();

    const { code, stdout } = await admin('stats-keys');
    const document = JSON.parse((await admin('stats-keys', '--json')).stdout) as {
      totalBytes: number;
      families: { name: string; keys: number; entries: number; bytes: number }[];
    };

    expect(code).toBe(0);
    expect(stdout).toMatch(/^jobs +1 +5 +\d+(\.\d)? K?i?B$/m);
    expect(stdout).toMatch(/^ready +1 +3 /m);
    expect(stdout).toMatch(/^unique +1 +- /m);
    expect(stdout).toMatch(/^total +\d/m);
    const names = document.families.map(({ name }) => name);
    expect(names.toSorted()).toEqual(
      ['jobs', 'history', 'dead', 'dead-groups', 'ready', 'scheduled', 'unique', 'worker', 'workers'].toSorted(),
    );
    expect(document.totalBytes).toBe(document.families.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(await redis.redis.dbsize()).toBe(before);
  });

  it('stats-keys has nothing to show of an empty prefix, and leaves nothing there', async () => {
    expect((await admin('stats-keys')).stdout).toBe('No keys under this prefix.\n');
    expect(await redis.redis.keys(`{${redis.prefix()}:*`)).toEqual([]);
  });

  it('peek and job show stay safe and short with a hostile payload, error and id of 1 MB', async () => {
    const hostile = '\u001b]52;c;ZXZpbA==\u0007\u009b2J\n\u202e';
    const text = hostile.repeat(80_000);
    const trail = [{ atMs: 1, workerId: `w${hostile}`, what: 'error' as const, fingerprint: 'abc123', summary: text }];
    const failure = JSON.stringify({ errorClass: `E${hostile}`, message: text, stack: ` at ${text}` });
    await planted.dead('evil', 1, { payload: { text }, history: { trail } });
    await planted.ready(`id${hostile}`, { payload: { text } });
    await redis.redis.hset(planted.keys.failures, 'abc123', `1 1 1\n${failure}`);

    const shown = {
      peek: await admin('peek'),
      dead: await admin('peek', '--place=dead'),
      'job show': await admin('job', 'show', 'evil', '--payload'),
      'dlq show': await admin('dlq', 'show', 'evil'),
    };

    for (const [command, { code, stdout, stderr }] of Object.entries(shown)) {
      expect([command, code]).toEqual([command, 0]);
      expect((stdout + stderr).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
    for (const { stdout } of [shown.peek, shown.dead]) expect(stdout.length).toBeLessThan(2_000);
  });

  it('peek shows the jobs that wait for the breaker of their kind', async () => {
    await planted.parked('waits', { kind: 'mail.send', payload: { text: 'hello' } });
    await planted.breaker('mail.send', 'open', { queues: ['low'] });

    expect((await admin('peek', '--place=parked')).stdout).toMatch(/^waits .*mail\.send.*\{"text":"hello"\}$/m);
    expect((await admin('peek', '--place=parked', '--queue=high')).stdout).toBe('No parked jobs.\n');
  });

  it('peek shows quarantined jobs', async () => {
    await planted.ready('alone', { payload: { text: 'hello' } });
    await redis.redis.lmove(planted.keys.ready('low'), planted.keys.quarantine('low'), 'LEFT', 'LEFT');

    expect((await admin('peek', '--place=quarantine', '--queue=low')).stdout).toMatch(/^alone .*\{"text":"hello"\}$/m);
    expect((await admin('peek')).stdout).toBe('No ready jobs.\n');
  });
});
