import { type BuildChange, changedBuild, QueueKeys, useRedis, waitUntil } from '@app/testing';
import { beforeAll, describe, expect } from 'vitest';
import { faultTest } from './fault-test.js';
import { WORKER } from './scale.js';
import { useFleet } from './use-fleet.js';
import type { JobGroup } from './workload/workload-options.js';

/** A build that does not exist yet: it writes records of version 2 and reads both. */
const NEXT_RECORDS: readonly BuildChange[] = [
  ["local start = '1 '", "local start = '2 '"],
  ['header.version > 1', 'header.version > 2'],
];
const JOBS = 60;
const LOAD: JobGroup[] = [
  { count: JOBS, kind: 'test.sleep', payload: { ms: 20 } },
  { count: JOBS / 10, kind: 'test.fail', options: { maxRetries: 1 }, fate: 'dies' },
];

describe('this build and the next one, with another record version, on one queue', () => {
  const test = useRedis();
  const fleet = useFleet(test);
  let next: string;
  beforeAll(() => void (next = changedBuild('faults', 'next-records', NEXT_RECORDS)));

  const storedVersions = async () => {
    const records = await test.redis.hvals(new QueueKeys(test.prefix(), 0).jobs);
    return [...new Set(records.map((record) => Number(record.split(' ', 1)[0])))].toSorted((one, other) => one - other);
  };

  faultTest(
    'versions',
    'settle their jobs, and what one cannot read it leaves to the other',
    async (evidence) => {
      const old = await fleet.startWorker(WORKER);
      const [before, after] = [await fleet.startProducer(LOAD), await fleet.startProducer(LOAD, {}, next)];
      await Promise.all([before.ended, after.ended]);
      await waitUntil(() => fleet.linesOf('accepted', old.pid).some(({ outcome }) => outcome === 'snoozed'), {
        what: 'a job of the next build that this one leaves alone',
      });
      expect(await storedVersions()).toEqual([1, 2]);

      const young = await fleet.startWorker(WORKER, {}, next);
      await fleet.waitForLines('accepted', JOBS / 2, young.pid, { timeoutMs: 60_000 });
      expect((await old.terminate()).code).toBe(0);
      await fleet.waitUntilIdle(90_000);

      const { figures } = await evidence.judge(fleet);
      expect(figures).toMatchObject({ stored: 2.2 * JOBS, completed: 2 * JOBS, dead: 0.2 * JOBS });
      const completedBy = (pid: number) =>
        fleet.linesOf('accepted', pid).filter(({ outcome }) => outcome === 'completed').length;
      expect(completedBy(old.pid)).toBeGreaterThan(0);
      expect(completedBy(young.pid)).toBeGreaterThanOrEqual(JOBS);
    },
    120_000,
  );

  faultTest(
    'versions',
    'drain each other: what the old one held, the new one runs',
    async (evidence) => {
      const old = await fleet.startWorker(WORKER);
      await fleet.enqueue({ count: 30, kind: 'test.sleep', payload: { ms: 500 } });
      await fleet.waitForLines('start', 8);
      const young = fleet.startWorker(WORKER, {}, next);
      expect((await old.terminate()).code).toBe(0);
      await young;
      await fleet.waitUntilIdle(60_000);

      const { figures } = await evidence.judge(fleet);
      expect(figures).toMatchObject({ completed: 30, dead: 0, rerunsOfEnded: 0 });
    },
    120_000,
  );
});
