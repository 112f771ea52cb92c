import { setTimeout as sleep } from 'node:timers/promises';
import { EnqueueService, QueueModule } from '@app/queue';
import { TcpProxy, useRedis } from '@app/testing';
import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { renderReport } from '../../../faults/checker.js';
import { seededRandom } from '../../../faults/random-kills.js';
import { useFleet, type QueueSettings } from '../../../faults/use-fleet.js';

const isLong = process.env.FAULTS === 'long';
const LEASE_MS = 1_500;

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

  const worker = { count: 8, heartbeatTtlMs: LEASE_MS, backoff: { baseMs: 50, maxMs: 500 } };
  const connect = (addr: string) => {
    const queue = QueueModule.forRoot({
      redis: { addr, password: test.password },
      prefix: test.prefix(),
      partitions: 3,
    });
    return NestFactory.createApplicationContext(queue, { logger: false });
  };

  it('does not make an idle worker deaf: cut off, it hears of the next job within two seconds', async () => {
    const idle = await fleet.startWorker(worker);
    const client = await connect(test.addr);
    await fleet.waitUntilWaiting();

    proxy.cut();
    const enqueuedMs = performance.now();
    await client.get(EnqueueService).enqueue('test.noop', {});

    await fleet.waitForLines('start', 1, idle.pid);
    expect(performance.now() - enqueuedMs).toBeLessThan(2_000);
    await client.close();
  });

  it('does not make an idle worker deaf when its connections are dead without a word: it is back within twelve seconds', async () => {
    const idle = await fleet.startWorker({ ...worker, heartbeatTtlMs: 30_000 });
    const client = await connect(test.addr);
    await fleet.waitUntilWaiting();

    proxy.goHalfOpen();
    const enqueuedMs = performance.now();
    const jobs = Array.from({ length: 6 }, () => ({ kind: 'test.noop', payload: {} }));
    await client.get(EnqueueService).enqueueMany(jobs); // some in each partition

    await fleet.waitForLines('start', 6, idle.pid, { timeoutMs: 30_000 });
    expect(performance.now() - enqueuedMs).toBeLessThan(12_000);
    await client.close();
  }, 60_000);

  it('does not keep a producer from its answer when only the reply was lost', async () => {
    const client = await connect(proxy.addr);
    const enqueueService = client.get(EnqueueService);
    await enqueueService.enqueue('test.noop', {}, { id: 'first' });
    const swallowed = proxy.swallowNextReply((chunk) => chunk.includes('second'));

    const answer = enqueueService.enqueue('test.noop', {}, { id: 'second' });

    await swallowed;
    expect(await answer).toMatchObject({ outcome: 'stored', id: 'second' });
    await client.close();
  });

  it(
    'costs no job and repeats no finished one, whatever reply is lost',
    async () => {
      const size = isLong ? 20 : 5;
      const random = seededRandom(Number(process.env.FAULTS_SEED ?? 1));
      await fleet.startWorker(worker);
      await fleet.startWorker(worker);
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

      const report = await fleet.check();
      console.log(renderReport(report));
      expect(report.violations).toEqual([]);
      expect(report.figures).toMatchObject({ refused: 0, unknown: 0, dead: size * 8 });
    },
    isLong ? 180_000 : 90_000,
  );
});
