import { setTimeout as sleep } from 'node:timers/promises';
import { TcpProxy, useRedis } from '@app/testing';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { faultTest } from './fault-test.js';
import { ledgerNowMs } from './ledger.js';
import { BACK_MS, LEASE_MS, WORKER } from './scale.js';
import { useFleet, type QueueSettings } from './use-fleet.js';

describe('a partition between Redis and all workers', () => {
  const test = useRedis();
  const behindProxy: QueueSettings = {};
  let proxy: TcpProxy;
  beforeEach(async () => {
    proxy = await TcpProxy.start(test.addr);
    Object.assign(behindProxy, { redis: { addr: proxy.addr } });
  });
  const fleet = useFleet(test, behindProxy);
  afterEach(() => proxy.close());

  faultTest(
    'partition',
    'costs no finished run when it heals after the lease, whatever bytes then arrive late',
    async (evidence) => {
      await fleet.startWorkers(2, WORKER);
      await fleet.enqueue(
        { count: 12, kind: 'test.sleep', payload: { ms: 600 } },
        { count: 4, kind: 'test.sleep', payload: { ms: 1.2 * LEASE_MS } },
      );
      await fleet.waitForLines('start', 16);

      proxy.hold('requests');
      proxy.hold('replies');
      await sleep(1.5 * LEASE_MS); // the partition itself
      expect(fleet.linesOf('end')).toHaveLength(16);
      expect(fleet.linesOf('accepted')).toEqual([]);
      const healedMs = ledgerNowMs();
      proxy.release();

      await fleet.waitForLines('accepted', 16);
      await fleet.waitUntilIdle(10_000);
      const tookMs = Math.round(fleet.linesOf('accepted')[0]!.atMs - healedMs);
      const { figures } = await evidence.judge(fleet);
      evidence.add({ 'finished jobs re-run': figures.rerunsOfEnded, 'back after, ms': tookMs });
      expect(figures).toMatchObject({ runs: 16, completed: 16, rerunsOfEnded: 0 });
      expect(tookMs).toBeLessThan(BACK_MS);
    },
    120_000,
  );
});
