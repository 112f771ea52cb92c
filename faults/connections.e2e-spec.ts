import { setTimeout as sleep } from 'node:timers/promises';
import { TcpProxy, useRedis } from '@app/testing';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { faultTest } from './fault-test.js';
import { longestGapMs } from './gap.js';
import { isLong, WORKER } from './scale.js';
import { useFleet, type QueueSettings } from './use-fleet.js';
import type { JobGroup } from './workload/workload-options.js';

const SECONDS = isLong ? 20 : 4;
const LOAD: JobGroup[] = [
  { count: SECONDS * 30, kind: 'test.sleep', payload: { ms: 50 } },
  { count: SECONDS * 25, kind: 'test.noop', options: { queue: 'high' } },
  { count: SECONDS * 5, kind: 'test.fail', options: { maxRetries: 2 }, fate: 'dies' },
];

describe('connections that Redis closes', () => {
  const test = useRedis({ isPrivate: true });
  const fleet = useFleet(test);

  faultTest('connections', 'cost nothing, five times a second', async (evidence) => {
    await fleet.startWorkers(2, WORKER);
    const producer = await fleet.startProducer(LOAD, { perSecond: 60 });

    let killed = 0;
    while (producer.isAlive) {
      killed += Number(await test.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
      await sleep(200);
    }
    await fleet.waitUntilIdle(30_000);

    const { figures } = await evidence.judge(fleet);
    evidence.add({ 'connections killed': killed, 'finished jobs re-run': figures.rerunsOfEnded });
    expect(killed).toBeGreaterThan(10);
    expect(figures).toMatchObject({ rerunsOfEnded: 0, dead: SECONDS * 5 });
    expect(longestGapMs(fleet.linesOf('accepted'))).toBeLessThan(2_000);
  });
});

describe('a network that is slow by 300 ms each way', () => {
  const test = useRedis();
  const behindProxy: QueueSettings = {};
  let proxy: TcpProxy;
  beforeEach(async () => {
    proxy = await TcpProxy.start(test.addr);
    Object.assign(behindProxy, { redis: { addr: proxy.addr } });
  });
  const fleet = useFleet(test, behindProxy);
  afterEach(() => proxy.close());
  // A call may take a third of the lease.
  const worker = isLong ? {} : { ...WORKER, heartbeatTtlMs: 6_000 };

  faultTest('connections', 'costs no lease, no job and no run', async (evidence) => {
    await fleet.startWorkers(2, worker);
    proxy.delay(300);
    const producer = await fleet.startProducer(LOAD, { perSecond: 60 });

    expect((await producer.ended).code).toBe(0);
    await fleet.waitUntilIdle(60_000);

    const { figures } = await evidence.judge(fleet);
    expect(figures).toMatchObject({ refused: 0, unknown: 0, rerunsOfEnded: 0, recoveries: 0 });
    expect(fleet.linesOf('lost')).toEqual([]);
  });
});
