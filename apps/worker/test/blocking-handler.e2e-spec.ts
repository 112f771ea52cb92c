import { describe, expect, it } from 'vitest';
import { useRedis } from '@app/testing';
import { faultTest } from '../../../faults/fault-test.js';
import { isLong } from '../../../faults/scale.js';
import { useFleet } from '../../../faults/use-fleet.js';

/** As an operator might see it, or shorter by the same share. */
const SCALE = isLong ? { leaseMs: 5_000, blockMs: 8_000 } : { leaseMs: 2_000, blockMs: 5_000 };

describe('a handler that keeps the event loop busy for longer than the lease', () => {
  const test = useRedis();
  const fleet = useFleet(test);
  const worker = { count: 2, heartbeatTtlMs: SCALE.leaseMs };

  faultTest(
    'blocked-loop',
    'runs once: a thread of its own renews the lease',
    async (evidence) => {
      // The reaper is a worker that takes none of these jobs: it is never busy.
      await fleet.startWorker({ ...worker, priorities: ['high'] });
      await Promise.all([fleet.startWorker(worker), fleet.startWorker(worker)]);

      await fleet.enqueue({ count: 4, kind: 'test.block', payload: { ms: SCALE.blockMs } });
      await fleet.waitUntilIdle(60_000);

      const { figures } = await evidence.judge(fleet);
      evidence.add({ runs: figures.runs });
      expect(figures).toMatchObject({ stored: 4, runs: 4, completed: 4, recoveries: 0 });
      expect(fleet.linesOf('recovered')).toEqual([]);
    },
    90_000,
  );

  it('loses its job when it takes longer than worker.max_block', async () => {
    const hung = await fleet.startWorker({ ...worker, maxBlockMs: 1_000 });
    await fleet.enqueue({ count: 1, kind: 'test.block', payload: { ms: 60_000 } });
    await fleet.waitForLines('start', 1, hung.pid);

    const heir = await fleet.startWorker({ ...worker, solo: undefined });

    const [recovered] = await fleet.waitForLines('recovered', 1, heir.pid, { timeoutMs: 25_000 });
    expect(recovered?.jobId).toBe(fleet.linesOf('start', hung.pid)[0]?.jobId);
    await Promise.all([hung.kill(), heir.kill()]);
  }, 60_000);
});
