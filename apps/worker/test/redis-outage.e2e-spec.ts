import { setTimeout as sleep } from 'node:timers/promises';
import { EnqueueService, QueueModule } from '@app/queue';
import { useRedis, waitUntil } from '@app/testing';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../faults/checker.js';
import { useFleet } from '../../../faults/use-fleet.js';

const isLong = process.env.FAULTS === 'long';
const LEASE_MS = 1_500;

describe('a Redis that dies and comes back', () => {
  const test = useRedis({ appendfsync: 'always' });
  const fleet = useFleet(test);
  const worker = { count: 8, heartbeatTtlMs: LEASE_MS, backoff: { baseMs: 50, maxMs: 500 } };

  it(
    'loses no job and repeats no finished one, killed again and again under load',
    async () => {
      const outages = isLong ? 10 : 3;
      await fleet.startWorker(worker);
      await fleet.startWorker(worker);
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
        await sleep(outage % 2 === 0 ? 300 : 2 * LEASE_MS); // the outage itself: shorter, then longer than the lease
        await test.restart();
      }
      expect((await producer.ended).code).toBe(0);
      await fleet.waitUntilIdle(30_000);

      const report = await fleet.check();
      console.log(renderReport(report));
      expect(report.violations).toEqual([]);
      expect(report.figures.dead).toBe(0);
      expect(report.figures.rerunsOfEnded).toBe(0);
    },
    isLong ? 180_000 : 90_000,
  );

  it('takes the outcome of a job that finished while it was away', async () => {
    await fleet.startWorker(worker);
    await fleet.enqueue({ count: 4, kind: 'test.sleep', payload: { ms: 600 } });
    await fleet.waitForLines('start', 4);

    await test.kill();
    await fleet.waitForLines('end', 4);
    await sleep(2 * LEASE_MS); // longer than the lease: the claims are old when Redis returns
    await test.restart();

    await fleet.waitForLines('accepted', 4, undefined, { timeoutMs: 15_000 });
    await fleet.waitUntilIdle(5_000);
    expect(fleet.linesOf('start')).toHaveLength(4);
    expect((await fleet.check()).violations).toEqual([]);
  });

  it('has idle workers that claim again within three seconds of its return', async () => {
    await fleet.startWorker(worker);
    const { addr, password } = test;
    const queue = QueueModule.forRoot({ redis: { addr, password }, prefix: test.prefix() });
    const client = await NestFactory.createApplicationContext(queue, { logger: false });
    await fleet.waitUntilWaiting();

    await test.kill();
    await sleep(1_000);
    await test.restart();
    const backMs = performance.now();
    await waitUntil(() => client.get(EnqueueService).enqueue('test.noop', {}));

    await fleet.waitForLines('accepted', 1);
    expect(performance.now() - backMs).toBeLessThan(3_000);
    await client.close();
  });
});
