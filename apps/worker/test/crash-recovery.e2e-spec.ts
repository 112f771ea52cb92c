import { describe, expect, it } from 'vitest';
import { useRedis } from '@app/testing';
import { faultTest } from '../../../faults/fault-test.js';
import { killAtRandom } from '../../../faults/random-kills.js';
import { isLong, LEASE_MS, RECOVERY_BOUND_MS, SEED, WORKER } from '../../../faults/scale.js';
import { useFleet } from '../../../faults/use-fleet.js';

/** How long to wait for what a lost worker held. */
const HEIR = { timeoutMs: RECOVERY_BOUND_MS + 10_000 };

describe('workers that die', () => {
  const test = useRedis();
  const fleet = useFleet(test, { partitions: 3 });

  faultTest(
    'worker-killed',
    'lose no job, settle none twice and convict no neighbour, when killed at random',
    async (evidence) => {
      const scale = isLong ? { jobs: 3_000, forMs: 30_000, atLeast: 30 } : { jobs: 500, forMs: 8_000, atLeast: 6 };
      const members = await fleet.startWorkers(3, WORKER);
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

      const kills = await killAtRandom(members, () => fleet.startWorker(WORKER), {
        ...scale,
        survivors: 1,
        pauseMs: [100, 700],
        seed: SEED,
      });
      expect((await producer.ended).code).toBe(0);
      await fleet.waitUntilIdle(isLong ? 120_000 : 45_000);

      console.log(`seed ${SEED}, kills ${kills}`);
      const { figures } = await evidence.judge(fleet, RECOVERY_BOUND_MS);
      evidence.add({ kills, 'slowest recovery, ms': figures.slowestRecoveryMs });
      expect(figures).toMatchObject({ stored: scale.jobs, completed: scale.jobs - jobs, dead: jobs });
      expect(figures.recoveries).toBeGreaterThan(0);
    },
    isLong ? 240_000 : 90_000,
  );

  faultTest(
    'zombie',
    'settle nothing after a freeze longer than the lease, and their handlers are aborted',
    async (evidence) => {
      const zombie = await fleet.startWorker(WORKER);
      await fleet.enqueue(
        { count: 1, kind: 'test.sleep', payload: { ms: 800 } },
        { count: 1, kind: 'test.sleep', payload: { ms: 4 * LEASE_MS + 14_000 } },
      );
      await fleet.waitForLines('start', 2, zombie.pid);
      zombie.freeze();
      const heir = await fleet.startWorker(WORKER);
      await fleet.waitForLines('start', 2, heir.pid, HEIR);

      zombie.thaw();

      await fleet.waitForLines('lost', 2, zombie.pid);
      await fleet.waitForLines('throw', 1, zombie.pid); // the long one; the short one's time was over at the thaw
      await fleet.waitForLines('accepted', 1, heir.pid);
      expect(fleet.linesOf('end', zombie.pid)).toHaveLength(1);
      expect(fleet.linesOf('accepted', zombie.pid)).toEqual([]);
      await evidence.judge(fleet);
      evidence.add({ 'outcomes refused': 2, 'outcomes taken': 0 });
    },
    120_000,
  );

  faultTest(
    'zombie',
    'work on under a new id after they were taken for dead',
    async () => {
      const zombie = await fleet.startWorker(WORKER);
      await fleet.enqueue({ count: 1, kind: 'test.sleep', payload: { ms: 4 * LEASE_MS } });
      await fleet.waitForLines('start', 1);
      zombie.freeze();
      const heir = await fleet.startWorker(WORKER);
      await fleet.waitForLines('start', 1, heir.pid, HEIR);
      await heir.kill();
      zombie.thaw();
      await fleet.waitForLines('lost', 1, zombie.pid);

      await fleet.enqueue({ count: 1, kind: 'test.noop' });

      await fleet.waitForLines('end', 1, zombie.pid);
      const workerIds = new Set(fleet.linesOf('start', zombie.pid).map(({ workerId }) => workerId));
      expect(workerIds.size).toBeGreaterThanOrEqual(2);
    },
    120_000,
  );

  it('keep a job that takes three leases, and run it once', async () => {
    const leaseMs = 1_500;
    await fleet.startWorkers(2, { ...WORKER, heartbeatTtlMs: leaseMs });

    await fleet.enqueue({ count: 2, kind: 'test.sleep', payload: { ms: 3 * leaseMs } });

    await fleet.waitForLines('accepted', 2, undefined, { timeoutMs: 4 * leaseMs + 2_000 });
    expect(fleet.linesOf('start')).toHaveLength(2);
    expect((await fleet.check()).violations).toEqual([]);
  });
});
