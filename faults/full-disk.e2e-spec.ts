import { setTimeout as sleep } from 'node:timers/promises';
import { EnqueueRefusedError } from '@app/queue';
import { useRedis, waitUntil } from '@app/testing';
import { afterAll, describe, expect } from 'vitest';
import { faultTest } from './fault-test.js';
import { ledgerNowMs } from './ledger.js';
import { BACK_MS, LEASE_MS, WORKER } from './scale.js';
import { SmallDisk } from './small-disk.js';
import { useClient } from './use-client.js';
import { useFleet } from './use-fleet.js';

describe('a Redis without disk', () => {
  const disk = SmallDisk.mount();
  afterAll(() => (disk instanceof SmallDisk ? disk.close() : undefined));
  const test = useRedis({ isPrivate: true, dataDir: disk instanceof SmallDisk ? disk.dir : undefined });
  const fleet = useFleet(test);
  const openClient = useClient(test);

  faultTest(
    'full-disk',
    'refuses new jobs by a typed error, repeats no finished one, and recovers by itself',
    async (evidence) => {
      if (typeof disk === 'string') return evidence.notRun(disk);
      const client = await openClient();
      await fleet.startWorkers(2, WORKER);
      await fleet.enqueue({ count: 12, kind: 'test.sleep', payload: { ms: 1_500 } });
      await fleet.waitForLines('start', 12);

      disk.fill();
      const enqueue = () => client.enqueue('test.noop', {});
      const refused = await waitUntil(() =>
        enqueue().then(
          () => undefined,
          (error: unknown) => error,
        ),
      );
      await fleet.waitForLines('end', 12);
      await sleep(1.5 * LEASE_MS); // the outage itself: longer than the lease
      disk.free();
      const freeMs = ledgerNowMs();

      await waitUntil(enqueue);
      const tookMs = await fleet.waitForLineAfter('accepted', freeMs);
      await fleet.waitUntilIdle(20_000);
      expect(refused).toBeInstanceOf(EnqueueRefusedError);
      expect(refused).toMatchObject({ reason: 'disk' });
      const { figures } = await evidence.judge(fleet);
      evidence.add({ 'finished jobs re-run': figures.rerunsOfEnded, 'back after, ms': tookMs });
      expect(figures.rerunsOfEnded).toBe(0);
      expect(tookMs).toBeLessThan(BACK_MS);
    },
    120_000,
  );
});
