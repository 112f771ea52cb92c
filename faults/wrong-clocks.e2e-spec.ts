import { randomUUID } from 'node:crypto';
import { useRedis } from '@app/testing';
import { describe, expect } from 'vitest';
import { clockShiftedBy } from './fake-clock.js';
import { faultTest } from './fault-test.js';
import { ledgerNowMs } from './ledger.js';
import { isLong, LEASE_MS, RECOVERY_BOUND_MS, WORKER } from './scale.js';
import { useClient } from './use-client.js';
import { useFleet } from './use-fleet.js';

const MINUTES = 10;
const JOBS = isLong ? 60 : 20;
/** Spread over so long, so that leases are renewed many times meanwhile. */
const SPREAD_MS = isLong ? 60_000 : 4_000;
/** How much later than due a job may start. */
const LATE_MS = 1_000;

describe('workers with wrong clocks', () => {
  const test = useRedis();
  const fleet = useFleet(test);
  const openClient = useClient(test);

  faultTest(
    'wrong-clocks',
    'start no job early and none late, keep their leases, and recover in time',
    async (evidence) => {
      const early = clockShiftedBy(-MINUTES);
      const late = clockShiftedBy(MINUTES);
      if (!early || !late) return evidence.notRun('libfaketime is not there: apt install libfaketime');
      const [slow, fast] = await Promise.all([fleet.startWorker(WORKER, early), fleet.startWorker(WORKER, late)]);
      const client = await openClient();

      const dueMs = new Map<string, { readonly from: number; readonly to: number }>();
      for (let index = 0; index < JOBS; index += 1) {
        const id = randomUUID();
        const delayMs = 500 + (index * SPREAD_MS) / JOBS;
        const askedMs = ledgerNowMs();
        await client.enqueue('test.sleep', { ms: 200 }, { id, delayMs });
        dueMs.set(id, { from: askedMs + delayMs, to: ledgerNowMs() + delayMs });
      }
      await fleet.enqueue({ count: JOBS, kind: 'test.fail', options: { maxRetries: 2 }, fate: 'dies' });
      await fleet.waitUntilIdle(SPREAD_MS + 30_000);

      const starts = fleet.linesOf('start').flatMap(({ jobId, atMs }) => {
        const due = dueMs.get(jobId);
        return due ? [{ earlyMs: due.from - atMs, lateMs: atMs - due.to }] : [];
      });
      expect(starts).toHaveLength(JOBS);
      expect(starts.filter(({ earlyMs }) => earlyMs > 0)).toEqual([]);
      const latestMs = Math.round(Math.max(...starts.map(({ lateMs }) => lateMs)));
      evidence.add({ 'latest start, ms': latestMs });
      expect(latestMs).toBeLessThan(LATE_MS);
      expect(fleet.linesOf('lost')).toEqual([]);
      await recoverEachFromTheOther();

      /** The one that is ten minutes ahead reaps the one that is ten minutes behind, and no sooner than it may. */
      async function recoverEachFromTheOther(): Promise<void> {
        await fleet.enqueue({ count: 32, kind: 'test.sleep', payload: { ms: 4_000 } }); // every slot of both
        await fleet.waitForLines('start', 8, slow.pid);
        await slow.kill();
        await fleet.waitForLines('recovered', 1, fast.pid, { timeoutMs: RECOVERY_BOUND_MS + 10_000 });
        await fleet.waitUntilIdle(3 * LEASE_MS + 20_000);
        const { figures } = await evidence.judge(fleet, RECOVERY_BOUND_MS);
        evidence.add({ 'slowest recovery, ms': figures.slowestRecoveryMs });
        expect(figures.recoveries).toBeGreaterThan(0);
      }
    },
    SPREAD_MS + 6 * LEASE_MS + 90_000,
  );
});
