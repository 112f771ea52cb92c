import { AppProcess, useRedis } from '@app/testing';
import { describe, expect } from 'vitest';
import { faultTest } from './fault-test.js';
import { WORKER } from './scale.js';
import { useFleet } from './use-fleet.js';

describe('an app with another partition count', () => {
  const test = useRedis();
  const fleet = useFleet(test);

  faultTest('partition-count', 'refuses to start, touches nothing, and names the procedure', async (evidence) => {
    await fleet.enqueue({ count: 20, kind: 'test.noop' });
    const before = await everything();

    const apps = await Promise.all((['worker', 'producer'] as const).map(start));
    const exits = await Promise.all(apps.map(({ exited }) => exited));

    evidence.add({ 'apps refused': exits.filter(({ code }) => code === 2).length });
    expect(exits).toEqual(apps.map(() => ({ code: 2, signal: null })));
    for (const { output } of apps) {
      expect(output).toContain('with partitions 1, this app has 3');
      expect(output).toContain('follow "Growing partitions" in docs/architecture.md');
    }
    expect(await everything()).toEqual(before);
    await fleet.startWorker(WORKER);
    await fleet.waitForLines('accepted', 20);
  });

  function start(app: 'worker' | 'producer'): Promise<AppProcess> {
    const { addr, password } = test;
    const settings = { 'redis.addr': addr, 'redis.password': password, 'queue.prefix': test.prefix() };
    return AppProcess.start(app, { settings: { ...settings, 'queue.partitions': 3 } });
  }

  /** Every key of the prefix, with its bytes. */
  async function everything(): Promise<[string, string | undefined][]> {
    const keys = (await test.redis.keys(`{${test.prefix()}:*`)).toSorted();
    const dumps = await Promise.all(keys.map((key) => test.redis.dumpBuffer(key)));
    return keys.map((key, index) => [key, dumps[index]?.toString('base64')]);
  }
});
