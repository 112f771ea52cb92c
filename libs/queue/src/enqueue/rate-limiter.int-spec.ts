import { usePlantedQueue } from '@app/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { RateLimiterService } from './rate-limiter.service.js';

describe('RateLimiterService', () => {
  const queue = usePlantedQueue(1);
  const take = (wanted: number) => {
    const { options, runner, events } = queue.scripts;
    return new RateLimiterService(options, runner, events).take('scan', 1, wanted);
  };
  afterEach(() => queue.test.redis.config('SET', 'maxmemory', '0'));

  it('grants what is asked when Redis takes no writes: the jobs are refused there, with the reason', async () => {
    expect(await take(5)).toMatchObject({ granted: 1 });
    await queue.test.redis.config('SET', 'maxmemory', '1');

    expect(await take(5)).toEqual({ granted: 5, waitMs: 0 });
  });

  it('grants nothing when only the bucket cannot be used', async () => {
    await queue.test.redis.set(queue.first.keys.limit('scan'), 'not a bucket');

    await expect(take(5)).rejects.toMatchObject({ code: 'redis-refused' });
  });
});
