import { PlantedJobs, useRedis, waitUntil } from '@app/testing';
import { describe, expect } from 'vitest';
import { faultTest } from './fault-test.js';
import { readFinalStates } from './final-states.js';
import { isLong, LEASE_MS, RECOVERY_BOUND_MS, WORKER } from './scale.js';
import { useFleet } from './use-fleet.js';

const REAPERS = isLong ? 20 : 4;
const JOBS = isLong ? 20_000 : 8_000;

describe('reapers', () => {
  const test = useRedis();
  const fleet = useFleet(test);
  const planted = () => new PlantedJobs(test.redis, test.prefix());
  /** It takes none of the jobs: they stay where a reaper put them. */
  const reaper = { ...WORKER, priorities: ['high'] };

  faultTest(
    'many-reapers',
    'that all sweep at once recover each job once',
    async (evidence) => {
      const victim = await fleet.startWorker({ ...WORKER, count: 200, priorities: ['low'] });
      await fleet.enqueue({ count: 200, kind: 'test.sleep', payload: { ms: 600_000 } });
      for (let started = 0; started < REAPERS; started += 4) await fleet.startWorkers(4, reaper);
      await fleet.waitForLines('start', 200, victim.pid);

      await victim.kill();
      await fleet.waitForLines('recovered', 200, undefined, { timeoutMs: RECOVERY_BOUND_MS + 10_000 });

      const { figures } = await evidence.judge(fleet, RECOVERY_BOUND_MS);
      evidence.add({ reapers: REAPERS, 'slowest recovery, ms': figures.slowestRecoveryMs });
      expect(fleet.linesOf('recovered')).toHaveLength(200);
      expect((await fleet.histories()).map(({ crashes }) => crashes)).toEqual(Array(200).fill(1));
    },
    180_000,
  );

  faultTest(
    'many-reapers',
    'that are killed in their sweep leave the rest to the next one, which moves each job once',
    async (evidence) => {
      await plantRevoked('ghost', JOBS);
      const keys = planted().keys;
      const left = () => test.redis.zcard(keys.processing('ghost'));

      const first = await fleet.startWorker(reaper);
      await waitUntil(async () => (await left()) < JOBS, { everyMs: 1, timeoutMs: 3 * LEASE_MS });
      await first.kill();
      const leftByFirst = await left();
      await fleet.startWorker(reaper);
      await waitUntil(async () => (await left()) === 0, { timeoutMs: 60_000, what: 'the end of the sweep' });

      const { jobs, placeFaults } = await readFinalStates(test.redis, test.prefix());
      const states = [...jobs.values()].map(({ places, history }) => `${places.join()} ${history?.crashes}`);
      evidence.add({ 'jobs in the killed sweep': JOBS, 'left by it': leftByFirst });
      expect(leftByFirst).toBeGreaterThan(0);
      expect(states).toHaveLength(JOBS);
      expect(new Set(states)).toEqual(new Set(['ready:low 1']));
      expect(placeFaults).toEqual([]);
    },
    180_000,
  );

  /** A worker whose jobs a reaper had begun to take back. */
  async function plantRevoked(workerId: string, count: number): Promise<void> {
    const jobs = planted();
    await Promise.all(Array.from({ length: count }, (_, at) => jobs.processing(`job-${at}`, workerId, at + 1)));
    await jobs.revoked(workerId, Date.now());
  }
});
