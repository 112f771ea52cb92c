import { mkdtempSync, realpathSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnqueueService, QueueModule } from '@app/queue';
import { AppProcess, type ProcessExit, placesOf, storedJobs, useRedis, waitUntil, type TestRedis } from '@app/testing';
import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultTest } from '../../../faults/fault-test.js';
import { readFinalStates } from '../../../faults/final-states.js';
import { RECOVERY_BOUND_MS, WORKER } from '../../../faults/scale.js';
import { useFleet } from '../../../faults/use-fleet.js';

describe('a worker told to stop', () => {
  const test = useRedis();
  const fleet = useFleet(test);

  faultTest('drained-worker', 'lets short jobs finish, claims no other, and exits 0', async () => {
    const leaving = await fleet.startWorker({ count: 4, shutdownTimeoutMs: 10_000 });
    await fleet.enqueue({ count: 8, kind: 'test.sleep', payload: { ms: 1_000 } });
    await fleet.waitForLines('start', 4);

    const { code } = await leaving.terminate();

    expect(code).toBe(0);
    expect(fleet.linesOf('start')).toHaveLength(4);
    expect(fleet.linesOf('accepted').map(({ outcome }) => outcome)).toEqual(Array(4).fill('completed'));
    expect((await fleet.check()).figures).toMatchObject({ completed: 4, queued: 4 });
  });

  faultTest(
    'drained-worker',
    'gives long jobs back unharmed, and they start elsewhere within a second',
    async (evidence) => {
      const leaving = await fleet.startWorker({ count: 4, shutdownTimeoutMs: 500 });
      await fleet.enqueue(
        { count: 3, kind: 'test.sleep', payload: { ms: 4_000 } },
        { count: 1, kind: 'test.hang', options: { timeoutMs: 60_000 } },
      );
      await fleet.waitForLines('start', 4);
      const heir = await fleet.startWorker({ count: 4 });

      const { code } = await leaving.terminate();

      expect(code).toBe(0);
      const restarts = await fleet.waitForLines('start', 4, heir.pid);
      const [exit] = fleet.linesOf('exited').filter(({ subject }) => subject === leaving.pid);
      const latestMs = Math.round(Math.max(...restarts.map(({ atMs }) => atMs - exit!.atMs)));
      evidence.add({ 'started elsewhere after, ms': Math.max(0, latestMs), 'attempts used': 0 });
      expect(latestMs).toBeLessThan(1_000);
      expect(restarts.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
      const { jobs } = await readFinalStates(test.redis, test.prefix());
      for (const { history } of jobs.values()) {
        expect(history).toMatchObject({ attempts: 0, crashes: 0, interruptions: 1 });
      }
      await evidence.judge(fleet);
    },
  );

  faultTest(
    'drained-worker',
    'and killed before it has drained: its jobs are taken back as those of any lost worker',
    async (evidence) => {
      const leaving = await fleet.startWorker({ ...WORKER, count: 4, shutdownTimeoutMs: 20_000 });
      await fleet.enqueue({ count: 8, kind: 'test.sleep', payload: { ms: 3_000 } });
      await fleet.waitForLines('start', 4);
      await fleet.startWorker(WORKER);

      const ended = leaving.terminate();
      await fleet.waitForLines('start', 8);
      await leaving.kill();

      expect(await ended).toEqual({ code: null, signal: 'SIGKILL' });
      await fleet.waitUntilIdle(RECOVERY_BOUND_MS + 20_000);
      const { figures } = await evidence.judge(fleet, RECOVERY_BOUND_MS);
      expect(figures).toMatchObject({ completed: 8, recoveries: 4 });
    },
    120_000,
  );
});

describe('the worker app told to stop while it digests a huge file', () => {
  const test = useRedis();
  let folder: string;
  let app: AppProcess;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'shutdown-e2e-')));
  });

  async function startDigesting(shutdownTimeout: string): Promise<void> {
    const { addr, password } = test;
    app = await AppProcess.start('worker', {
      settings: {
        'redis.addr': addr,
        'redis.password': password,
        'queue.prefix': test.prefix(),
        'worker.file_digest.roots': folder,
        'worker.shutdown_timeout': shutdownTimeout,
      },
    });
    await enqueueDigest(test, hugeFile(folder));
    await waitUntil(() => app.get('/metrics').then(() => app.metric('worker_active')), { what: 'a running job' });
  }

  afterEach(async () => {
    await app.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const onlyJob = async () => (await storedJobs(test.redis, test.prefix()))[0]!;
  const placesNow = async () => (await placesOf(test.redis, test.prefix()))[0]!.containers;

  it('exits 0 and gives the job back with one interruption', async () => {
    await startDigesting('1s');

    expect(await app.stop()).toEqual({ code: 0, signal: null });

    expect((await placesNow()).get('ready:low')).toHaveLength(1);
    expect((await onlyJob()).history).toMatchObject({ attempts: 0, crashes: 0, interruptions: 1 });
  });

  it('waits for nothing after a second signal, and still gives the job back', async () => {
    await startDigesting('60s');
    let exit: ProcessExit | undefined;
    void app.exited.then((ended) => (exit = ended));

    await waitUntil(() => (app.signal('SIGTERM'), exit), { everyMs: 200, what: 'the end after a second signal' });

    expect(exit).toEqual({ code: 143, signal: null });
    expect((await placesNow()).get('ready:low')).toHaveLength(1);
    expect((await onlyJob()).history).toMatchObject({ attempts: 0, crashes: 0, interruptions: 1 });
  });
});

const HUGE_BYTES = 2 ** 36;

/** Sparse: it takes no room, and minutes to read. */
function hugeFile(folder: string): string {
  const path = join(folder, 'huge.bin');
  writeFileSync(path, '');
  truncateSync(path, HUGE_BYTES);
  return path;
}

async function enqueueDigest(test: TestRedis, path: string): Promise<void> {
  const { addr, password } = test;
  const queue = QueueModule.forRoot({ redis: { addr, password }, prefix: test.prefix() });
  const client = await NestFactory.createApplicationContext(queue, { logger: false });
  await client.get(EnqueueService).enqueue('file.digest', { path });
  await client.close();
}
