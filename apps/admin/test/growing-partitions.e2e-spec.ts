import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppProcess, openScripts, useRedis, waitUntil } from '@app/testing';
import { EnqueueService } from '@app/queue';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { runAdmin } from './run-admin.js';

const PAGE = readFileSync(new URL('../../../docs/architecture.md', import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'growing-'));
afterAll(() => rmSync(folder, { recursive: true }));

const COMMANDS = { ok: ['/bin/true'], bad: ['/bin/false'] };
const [BEFORE, AFTER] = [1, 3];

describe('the procedure to grow partitions', () => {
  const redis = useRedis();
  const workers: AppProcess[] = [];
  afterEach(() => Promise.all(workers.map((worker) => worker.stop())));

  const admin = (partitions: number, ...args: string[]) => {
    const file = join(folder, `${partitions}.yaml`);
    const settings = { addr: redis.addr, password: redis.password };
    writeFileSync(file, JSON.stringify({ redis: settings, queue: { prefix: redis.prefix(), partitions } })); // JSON is YAML
    return runAdmin([...args, `--config=${file}`]);
  };

  async function startWorker(partitions: number): Promise<AppProcess> {
    const settings = {
      'redis.addr': redis.addr,
      'redis.password': redis.password,
      'queue.prefix': redis.prefix(),
      'queue.partitions': partitions,
      'worker.max_retries': 0,
      'worker.command_run.commands': JSON.stringify(COMMANDS),
    };
    const worker = await AppProcess.start('worker', { settings });
    workers.push(worker);
    return worker.ready();
  }

  async function enqueue(partitions: number, count: number, command: keyof typeof COMMANDS): Promise<string[]> {
    const { options, runner, events, close } = await openScripts(redis, { partitions });
    const jobs = Array.from({ length: count }, () => ({ kind: 'command.run', payload: { command } }));
    const results = await new EnqueueService(options, runner, events).enqueueMany(jobs);
    close();
    return results.map(({ outcome, id }) => {
      if (outcome !== 'stored') throw new Error(`${id}: ${outcome}`);
      return id;
    });
  }

  async function waitUntilEmpty(partitions: number): Promise<void> {
    await waitUntil(async () => {
      const { queues, processing } = JSON.parse((await admin(partitions, 'stats', '--json')).stdout) as StatsDocument;
      return processing.total === 0 && queues.every(({ ready, scheduled }) => ready + scheduled === 0);
    });
  }

  /** The redis-cli line of the page that starts so, for this prefix. */
  async function runFromPage(start: string): Promise<unknown> {
    const line = PAGE.split('\n').find((text) => text.trim().startsWith(`redis-cli ${start}`)) ?? '';
    const [command = '', ...args] = line.replaceAll("'", '').replace(/#.*/, '').trim().split(/\s+/).slice(1);
    return redis.redis.call(command, ...args.map((arg) => arg.replace('{grow:', `{${redis.prefix()}:`)));
  }

  it('keeps every job: the finished and the dead ones are found, new ones use all partitions', async () => {
    const worker = await startWorker(BEFORE);
    const [finished = ''] = await enqueue(BEFORE, 20, 'ok');
    const dead = await enqueue(BEFORE, 3, 'bad');
    await waitUntilEmpty(BEFORE);
    await worker.stop();
    expect((await admin(BEFORE, 'stats')).stdout).toContain('No workers are registered.');

    expect(await runFromPage('HSET')).toBe(0);
    await startWorker(AFTER);
    const added = await enqueue(AFTER, 60, 'ok');
    await waitUntilEmpty(AFTER);

    expect(await runFromPage('HGET')).toBe(String(AFTER));
    const stats = await admin(AFTER, 'stats');
    expect(stats.stdout.split('\n')[0]).toMatch(/3 partitions$/);
    for (const id of [finished, ...dead, ...added.slice(0, 5)])
      expect(await admin(AFTER, 'job', 'show', id)).toMatchObject({ code: 0 });
    const lengths = await Promise.all(
      [0, 1, 2].map((partition) => redis.redis.llen(`{${redis.prefix()}:${partition}}:completed`)),
    );
    expect(lengths.reduce((sum, length) => sum + length)).toBe(80);
    expect(Math.min(...lengths)).toBeGreaterThan(0);
    expect(await admin(AFTER, 'dlq', 'requeue', '--kind=command.run', '--yes')).toMatchObject({ code: 0 });
    await waitUntilEmpty(AFTER);
    expect(JSON.parse((await admin(AFTER, 'doctor', '--json')).stdout)).toMatchObject({ findings: [] });
  });
});

interface StatsDocument {
  readonly queues: readonly { readonly ready: number; readonly scheduled: number }[];
  readonly processing: { readonly total: number };
}
