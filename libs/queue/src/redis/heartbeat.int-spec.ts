import { registerWorker, usePlantedQueue } from '@app/testing';
import { describe, expect, it } from 'vitest';
import { LOST } from '../worker/worker-calls.js';

describe('heartbeat', () => {
  const queue = usePlantedQueue(1);
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;
  const deadline = async () => Number(await redis().zscore(keys().workers, 'w1'));

  it('rule 9: renews the lease by the Redis clock, also one that is over but not revoked', async () => {
    const worker = await registerWorker(queue, { heartbeatTtlMs: 9_000 });
    await redis().zadd(keys().workers, 1, 'w1');

    await worker.heartbeat();

    expect(await deadline()).toBeGreaterThanOrEqual(queue.nowMs + 9_000);
    expect(await deadline()).toBeLessThan(queue.nowMs + 9_000 + 60_000);
  });

  it('rule 9: never creates a registration', async () => {
    const worker = await registerWorker(queue);
    await redis().zrem(keys().workers, 'w1');

    expect(await worker.heartbeat()).toBe(LOST);

    expect(await redis().zcard(keys().workers)).toBe(0);
  });

  it('rule 12: answers LOST to a worker that is being reaped', async () => {
    const worker = await registerWorker(queue);
    await redis().zrem(keys().workers, 'w1');
    await queue.first.revoked('w1', queue.nowMs);

    expect(await worker.heartbeat()).toBe(LOST);

    expect(await redis().zcard(keys().workers)).toBe(0);
  });

  it('rule 8: names the claims that are older than two command deadlines, at each call', async () => {
    const worker = await registerWorker(queue, { heartbeatTtlMs: 30_000 });
    const claimedAtMs = queue.nowMs - 2 * queue.scripts.options.redis.readTimeoutMs;
    await queue.first.processing('old', 'w1', claimedAtMs);
    await queue.first.processing('new', 'w1', queue.nowMs);

    const first = await worker.heartbeat();
    const second = await worker.heartbeat();

    expect(first).toMatchObject({ old: [{ jobId: 'old', number: claimedAtMs * 1_000 }], cancels: [], breakers: '' });
    expect(second).toMatchObject({ old: [{ jobId: 'old' }] });
  });
});
