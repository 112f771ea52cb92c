import { setTimeout as sleep } from 'node:timers/promises';
import { EnqueueService, QueueModule } from '@app/queue';
import { TcpProxy, useRedis } from '@app/testing';
import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { faultTest } from '../../../faults/fault-test.js';
import { longestGapMs } from '../../../faults/gap.js';
import { seededRandom } from '../../../faults/random-kills.js';
import { isLong, SEED, WORKER } from '../../../faults/scale.js';
import { useFleet, type QueueSettings } from '../../../faults/use-fleet.js';

describe('a network that breaks', () => {
  const test = useRedis();
  const behindProxy: QueueSettings = { partitions: 3 };
  let proxy: TcpProxy;
  beforeEach(async () => {
    proxy = await TcpProxy.start(test.addr);
    Object.assign(behindProxy, { redis: { addr: proxy.addr } });
  });
  const fleet = useFleet(test, behindProxy);
  afterEach(() => proxy.close());

  const connect = (addr: string) => {
    const queue = QueueModule.forRoot({
      redis: { addr, password: test.password },
      prefix: test.prefix(),
      partitions: 3,
    });
    return NestFactory.createApplicationContext(queue, { logger: false });
  };

  faultTest(
    'connections',
    'does not make an idle worker deaf: cut off, it hears of the next job within two seconds',
    async (evidence) => {
      const idle = await fleet.startWorker(WORKER);
      const client = await connect(test.addr);
      await fleet.waitUntilWaiting();

      proxy.cut();
      const enqueuedMs = performance.now();
      await client.get(EnqueueService).enqueue('test.noop', {});

      await fleet.waitForLines('start', 1, idle.pid);
      const tookMs = Math.round(performance.now() - enqueuedMs);
      evidence.add({ 'back after a reset, ms': tookMs });
      expect(tookMs).toBeLessThan(2_000);
      await client.close();
    },
  );

  faultTest(
    'connections',
    'does not make an idle worker deaf when its connections are dead without a word: it is back within twelve seconds',
    async (evidence) => {
      const idle = await fleet.startWorker({ ...WORKER, heartbeatTtlMs: 30_000 });
      const client = await connect(test.addr);
      await fleet.waitUntilWaiting();

      proxy.goHalfOpen();
      const enqueuedMs = performance.now();
      const jobs = Array.from({ length: 6 }, () => ({ kind: 'test.noop', payload: {} }));
      await client.get(EnqueueService).enqueueMany(jobs); // some in each partition

      await fleet.waitForLines('start', 6, idle.pid, { timeoutMs: 30_000 });
      const tookMs = Math.round(performance.now() - enqueuedMs);
      evidence.add({ 'back after half-open, ms': tookMs });
      expect(tookMs).toBeLessThan(12_000);
      await client.close();
    },
    60_000,
  );

  faultTest('connections', 'does not keep a producer from its answer when only the reply was lost', async () => {
    const client = await connect(proxy.addr);
    const enqueueService = client.get(EnqueueService);
    await enqueueService.enqueue('test.noop', {}, { id: 'first' });
    const swallowed = proxy.swallowNextReply((chunk) => chunk.includes('second'));

    const answer = enqueueService.enqueue('test.noop', {}, { id: 'second' });

    await swallowed;
    expect(await answer).toMatchObject({ outcome: 'stored', id: 'second' });
    await client.close();
  });

  faultTest(
    'connections',
    'costs no job and repeats no finished one, whatever reply is lost',
    async (evidence) => {
      const size = isLong ? 20 : 5;
      const random = seededRandom(SEED);
      await fleet.startWorker(WORKER);
      await fleet.startWorker(WORKER);
      const producer = await fleet.startProducer(
        [
          { count: size * 40, kind: 'test.sleep', payload: { ms: 50 } },
          { count: size * 40, kind: 'test.noop' },
          { count: size * 8, kind: 'test.fail', options: { maxRetries: 2 }, fate: 'dies' },
          { count: size * 4, kind: 'test.sleep', payload: { ms: 900 } },
        ],
        { perSecond: 60 },
      );

      for (let faults = 0; producer.isAlive; faults += 1) {
        await sleep(100 + random() * 300);
        if (faults % 5 === 4) proxy.cut();
        else await Promise.race([proxy.swallowNextReply((chunk) => chunk.includes('EVALSHA')), producer.ended]);
      }
      await fleet.waitUntilIdle(30_000);

      const { figures } = await evidence.judge(fleet);
      const gapMs = longestGapMs(fleet.linesOf('accepted'));
      evidence.add({ 'finished jobs re-run': figures.rerunsOfEnded, 'longest gap, ms': gapMs });
      expect(gapMs).toBeLessThan(2_000);
      expect(figures).toMatchObject({ refused: 0, unknown: 0, dead: size * 8 });
    },
    isLong ? 180_000 : 90_000,
  );
});
