import { useRedis, waitUntil } from '@app/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { ObservedApp } from './observed-app.js';

describe('the warning of an eviction policy', () => {
  const redis = useRedis({ isPrivate: true });
  let app: ObservedApp | undefined;
  afterEach(async () => {
    await app?.close();
    await redis.redis.config('SET', 'maxmemory-policy', 'noeviction');
  });

  const start = async () => (app = await ObservedApp.start(redis, { queueSampleIntervalMs: 100 }));
  const warnings = () => (app?.logs ?? []).map(({ msg }) => String(msg)).filter((msg) => msg.includes('evict'));

  /** Other samples have come meanwhile. */
  async function someSamples(): Promise<void> {
    const { total } = await commandCalls();
    await waitUntil(async () => (await commandCalls()).total > total + 8);
  }

  async function commandCalls(): Promise<{ total: number }> {
    const stats = await redis.redis.info('commandstats');
    return { total: Number(/cmdstat_info:calls=(\d+)/.exec(stats)?.[1] ?? 0) };
  }

  it.each(['allkeys-lru', 'volatile-ttl'])('names %s once, with the remedy', async (policy) => {
    await redis.redis.config('SET', 'maxmemory-policy', policy);

    await start();
    await waitUntil(() => warnings().length > 0);
    await someSamples();

    expect(warnings()).toEqual([expect.stringContaining(`maxmemory-policy is ${policy}; run "CONFIG SET`)]);
  });

  it('says nothing with noeviction, and warns when that changes', async () => {
    await start();
    await someSamples();
    expect(warnings()).toEqual([]);

    await redis.redis.config('SET', 'maxmemory-policy', 'allkeys-random');

    await waitUntil(() => warnings().length > 0);
    expect(warnings()[0]).toContain('allkeys-random');
  });
});
