import { describe, expect, it } from 'vitest';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppProcess, decodeHistory, PlantedJobs, useRedis, waitUntil } from '@app/testing';
import { faultTest } from '../../../faults/fault-test.js';
import { isLong } from '../../../faults/scale.js';
import { useFleet } from '../../../faults/use-fleet.js';
import type { JobGroup } from '../../../faults/workload/workload-options.js';

const LEASE_MS = 1_500;
/** What takes a process down, and what its trail says. The long form tries them all. */
const CULPRITS: [string, Pick<JobGroup, 'kind' | 'payload'>, string][] = [
  ['an error in a timer', { kind: 'test.throw-later' }, 'exit code 1: Error: thrown in a timer by design'],
  ['process.exit', { kind: 'test.exit', payload: { code: 3 } }, 'exit code 3'],
  ['process.exit(0)', { kind: 'test.exit', payload: { code: 0 } }, 'exit code 0'],
  ['an abort', { kind: 'test.kill', payload: { signal: 'SIGABRT' } }, 'ended by SIGABRT'],
];

describe('jobs that take their process down', () => {
  const test = useRedis();
  const fleet = useFleet(test);
  const worker = { count: 8, heartbeatTtlMs: LEASE_MS, shutdownTimeoutMs: 5_000 };

  async function runUntilIdle(count: number): Promise<void> {
    const stop = await fleet.keepWorkers(count, worker);
    await fleet.waitUntilIdle(90_000).finally(stop);
  }

  for (const [what, culprit, words] of isLong ? CULPRITS : CULPRITS.slice(0, 1)) {
    const name = `are dead after their first run alone, with the evidence; neighbours are not: ${what}`;
    faultTest(
      'culprits',
      name,
      async (evidence) => {
        await fleet.enqueue(
          { count: 1, ...culprit, fate: 'dies' },
          { count: 5, kind: 'test.sleep', payload: { ms: 400 } },
        );

        await runUntilIdle(2);

        const { figures } = await evidence.judge(fleet);
        evidence.add({ 'culprits dead': figures.dead, 'neighbours dead': 0 });
        expect(figures).toMatchObject({ stored: 6, completed: 5, dead: 1 });
        const [dead] = await fleet.deadJobs();
        expect(dead?.history).toMatchObject({ reason: 'worker-lost', attempts: 0 });
        expect(dead?.history?.trail.map(({ what }) => what)).toEqual(['crash', 'crash', 'solo-crash']);
        expect(dead?.history?.trail.at(-1)?.summary).toBe(`alone in its process: ${words}`);
      },
      120_000,
    );
  }

  faultTest(
    'culprits',
    'are dead after three solo runs that ended by SIGKILL, as an OOM kill does, and no earlier',
    async (evidence) => {
      await plant('killer', { kind: 'test.kill', payload: {} });
      await fleet.startWorker(worker);

      await fleet.waitUntilIdle(90_000);

      const [dead] = await fleet.deadJobs();
      evidence.add({ 'culprits dead': 1 });
      expect(dead?.history).toMatchObject({ reason: 'worker-lost', crashes: 5 });
      expect(dead?.history?.trail.map(({ summary }) => summary)).toEqual(
        Array(3).fill('alone in its process: ended by SIGKILL'),
      );
      expect(fleet.linesOf('start')).toHaveLength(3);
    },
    120_000,
  );

  it('go back unharmed when the worker drains while they run alone', async () => {
    await plant('slow', { kind: 'test.sleep', payload: { ms: 60_000 } });
    const leaving = await fleet.startWorker({ ...worker, shutdownTimeoutMs: 200 });
    await fleet.waitForLines('start', 1, undefined, { timeoutMs: 30_000 });

    const { code } = await leaving.terminate();

    expect(code).toBe(0);
    expect(await test.redis.lrange(planted().keys.quarantine('low'), 0, -1)).toEqual(['slow']);
    const past = decodeHistory(await test.redis.hget(planted().keys.history, 'slow'));
    expect(past).toMatchObject({ crashes: 2, interruptions: 1, attempts: 0 });
    expect(await test.redis.zcard(planted().keys.workers)).toBe(0);
  }, 60_000);

  const planted = () => new PlantedJobs(test.redis, test.prefix());
  const plant = (id: string, { kind, payload }: { kind: string; payload: object }) =>
    planted().quarantined(id, { kind, payload });
});

describe('the worker app', () => {
  const test = useRedis();

  it('starts itself again for a quarantined job, and tells of it in its own log and metrics', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'solo-e2e-')));
    const path = join(folder, 'file.txt');
    writeFileSync(path, 'text');
    const planted = new PlantedJobs(test.redis, test.prefix());
    await planted.quarantined('a', { kind: 'file.digest', payload: { path } });

    const app = await AppProcess.start('worker', {
      settings: {
        'redis.addr': test.addr,
        'redis.password': test.password,
        'queue.prefix': test.prefix(),
        'worker.file_digest.roots': folder,
        'observability.log_level': 'debug',
      },
    });

    await waitUntil(async () => (await test.redis.llen(planted.keys.completed)) === 1, { timeoutMs: 40_000 });
    const [outcome] = (await test.redis.hget(planted.keys.outcome, 'a'))!.split('\n');
    expect(outcome).toMatch(/-solo$/);
    await waitUntil(async () => (await app.metric('jobs_completed_total')) === 1, { what: 'the metric' });
    await app.stop();
    rmSync(folder, { recursive: true });
  }, 90_000);
});
