import { setTimeout as sleep } from 'node:timers/promises';
import { useRedis } from '@app/testing';
import { describe, expect } from 'vitest';
import { faultTest } from '../../../faults/fault-test.js';
import { isLong, LEASE_MS, WORKER } from '../../../faults/scale.js';
import { useFleet } from '../../../faults/use-fleet.js';

describe('a Redis that dies and comes back', () => {
  const test = useRedis({ appendfsync: 'always' });
  const fleet = useFleet(test);
  /** Shorter, then longer than the lease or what a default lease forgives. */
  const OUTAGES_MS = [300, Math.min(2 * LEASE_MS, 15_000)];

  faultTest(
    'redis-away',
    'loses no job and repeats no finished one, killed again and again under load',
    async (evidence) => {
      const outages = isLong ? 10 : 3;
      await fleet.startWorkers(2, WORKER);
      const producer = await fleet.startProducer(
        [
          { count: outages * 60, kind: 'test.sleep', payload: { ms: 100 } },
          { count: outages * 60, kind: 'test.noop', options: { queue: 'high' } },
          { count: outages * 20, kind: 'test.sleep', payload: { ms: 700 } },
        ],
        { perSecond: 50 },
      );

      for (let outage = 0; outage < outages; outage += 1) {
        const seen = fleet.linesOf('accepted').length;
        await fleet.waitForLines('accepted', seen + 20, undefined, { timeoutMs: 20_000 });
        await test.kill();
        await sleep(OUTAGES_MS[outage % 2]); // the outage itself
        await test.restart();
      }
      expect((await producer.ended).code).toBe(0);
      await fleet.waitUntilIdle(30_000);

      const { figures } = await evidence.judge(fleet);
      evidence.add({ 'finished jobs re-run': figures.rerunsOfEnded });
      expect(figures).toMatchObject({ dead: 0, rerunsOfEnded: 0 });
    },
    isLong ? 300_000 : 90_000,
  );

  faultTest(
    'redis-away',
    'takes the outcome of a job that finished while it was away',
    async (evidence) => {
      await fleet.startWorker(WORKER);
      await fleet.enqueue({ count: 4, kind: 'test.sleep', payload: { ms: 600 } });
      await fleet.waitForLines('start', 4);

      await test.kill();
      await fleet.waitForLines('end', 4);
      await sleep(1.2 * LEASE_MS); // longer than the lease: the claims are old when Redis returns
      await test.restart();

      await fleet.waitForLines('accepted', 4, undefined, { timeoutMs: 15_000 });
      await fleet.waitUntilIdle(5_000);
      expect(fleet.linesOf('start')).toHaveLength(4);
      await evidence.judge(fleet);
    },
    120_000,
  );
});
