import { describe, expect, it } from 'vitest';
import { useRedis } from '@app/testing';
import { renderReport } from '../../../faults/checker.js';
import { killAtRandom } from '../../../faults/random-kills.js';
import { useFleet } from '../../../faults/use-fleet.js';

const isLong = process.env.FAULTS === 'long';
const LEASE_MS = 1_500;
const RECOVERY_BOUND_MS = LEASE_MS + LEASE_MS / 3 + 1_000;

describe('workers that die', () => {
  const test = useRedis();
  const fleet = useFleet(test, { partitions: 3 });
  const worker = { count: 8, heartbeatTtlMs: LEASE_MS, backoff: { baseMs: 50, maxMs: 500 } };

  it(
    'lose no job, settle none twice and convict no neighbour, when killed at random',
    async () => {
      const scale = isLong ? { jobs: 3_000, forMs: 30_000, atLeast: 30 } : { jobs: 500, forMs: 8_000, atLeast: 6 };
      const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000);
      const members = await Promise.all([1, 2, 3].map(() => fleet.startWorker(worker)));
      const jobs = scale.jobs / 10;
      const producer = await fleet.startProducer(
        [
          { count: jobs * 4, kind: 'test.sleep', payload: { ms: 60 } },
          { count: jobs * 2, kind: 'test.sleep', payload: { ms: 250 }, options: { queue: 'high' } },
          { count: jobs * 3, kind: 'test.noop' },
          { count: jobs, kind: 'test.fail', options: { maxRetries: 2 }, fate: 'dies' },
        ],
        { perSecond: (scale.jobs / scale.forMs) * 1_200 },
      );

      const kills = await killAtRandom(members, () => fleet.startWorker(worker), {
        ...scale,
        survivors: 1,
        pauseMs: [100, 700],
        seed,
      });
      expect((await producer.ended).code).toBe(0);
      await fleet.waitUntilIdle(isLong ? 120_000 : 45_000);

      const report = await fleet.check(RECOVERY_BOUND_MS);
      console.log(`seed ${seed}, kills ${kills}\n${renderReport(report)}`);
      expect(report.violations).toEqual([]);
      expect(report.figures).toMatchObject({ stored: scale.jobs, completed: scale.jobs - jobs, dead: jobs });
      expect(report.figures.recoveries).toBeGreaterThan(0);
    },
    isLong ? 240_000 : 90_000,
  );

  it('settle nothing after a freeze longer than the lease, and their handlers are aborted', async () => {
    const zombie = await fleet.startWorker(worker);
    await fleet.enqueue(
      { count: 1, kind: 'test.sleep', payload: { ms: 800 } },
      { count: 1, kind: 'test.sleep', payload: { ms: 20_000 } },
    );
    await fleet.waitForLines('start', 2, zombie.pid);
    zombie.freeze();
    const heir = await fleet.startWorker(worker);
    await fleet.waitForLines('start', 2, heir.pid);

    zombie.thaw();

    await fleet.waitForLines('lost', 2, zombie.pid);
    await fleet.waitForLines('throw', 1, zombie.pid); // the long one; the short one's time was over at the thaw
    await fleet.waitForLines('accepted', 1, heir.pid);
    expect(fleet.linesOf('end', zombie.pid)).toHaveLength(1);
    expect(fleet.linesOf('accepted', zombie.pid)).toEqual([]);
    expect((await fleet.check()).violations).toEqual([]);
  });

  it('work on under a new id after they were taken for dead', async () => {
    const zombie = await fleet.startWorker(worker);
    await fleet.enqueue({ count: 1, kind: 'test.sleep', payload: { ms: 6_000 } });
    await fleet.waitForLines('start', 1);
    zombie.freeze();
    const heir = await fleet.startWorker(worker);
    await fleet.waitForLines('start', 1, heir.pid);
    await heir.kill();
    zombie.thaw();
    await fleet.waitForLines('lost', 1, zombie.pid);

    await fleet.enqueue({ count: 1, kind: 'test.noop' });

    await fleet.waitForLines('end', 1, zombie.pid);
    const workerIds = new Set(fleet.linesOf('start', zombie.pid).map(({ workerId }) => workerId));
    expect(workerIds.size).toBeGreaterThanOrEqual(2);
  });

  it('keep a job that takes three leases, and run it once', async () => {
    await fleet.startWorker(worker);
    await fleet.startWorker(worker);

    await fleet.enqueue({ count: 2, kind: 'test.sleep', payload: { ms: 3 * LEASE_MS } });

    await fleet.waitForLines('accepted', 2, undefined, { timeoutMs: 4 * LEASE_MS + 2_000 });
    expect(fleet.linesOf('start')).toHaveLength(2);
    expect((await fleet.check()).violations).toEqual([]);
  });
});
