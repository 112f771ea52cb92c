import { setTimeout as sleep } from 'node:timers/promises';
import { useRedis } from '@app/testing';
import { describe, expect } from 'vitest';
import { faultTest } from './fault-test.js';
import { isLong, WORKER } from './scale.js';
import { useFleet } from './use-fleet.js';

const SECONDS = isLong ? 20 : 4;

describe('a Redis that forgets its scripts all the time', () => {
  const test = useRedis({ isPrivate: true });
  const fleet = useFleet(test);

  faultTest('script-flush', 'is not noticed', async (evidence) => {
    const workers = await fleet.startWorkers(2, WORKER);
    const producer = await fleet.startProducer(
      [
        { count: SECONDS * 100, kind: 'test.noop' },
        { count: SECONDS * 40, kind: 'test.sleep', payload: { ms: 40 }, options: { queue: 'high' } },
        { count: SECONDS * 10, kind: 'test.fail', options: { maxRetries: 2 }, fate: 'dies' },
      ],
      { perSecond: 150 },
    );

    let flushes = 0;
    for (; producer.isAlive; flushes += 1) {
      await test.redis.script('FLUSH');
      await sleep(10);
    }
    await fleet.waitUntilIdle(30_000);

    const { figures } = await evidence.judge(fleet);
    evidence.add({ flushes, 'finished jobs re-run': figures.rerunsOfEnded });
    expect(flushes).toBeGreaterThan(50);
    expect(figures).toMatchObject({ refused: 0, unknown: 0, rerunsOfEnded: 0, recoveries: 0, dead: SECONDS * 10 });
    expect(workers.map(({ output }) => output).filter((output) => output.includes('loop.failed'))).toEqual([]);
  });
});
