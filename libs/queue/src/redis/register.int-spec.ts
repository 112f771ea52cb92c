import { registerWorker, usePlantedQueue } from '@app/testing';
import { describe, expect, it } from 'vitest';

describe('register', () => {
  const queue = usePlantedQueue(1);
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;

  it('rule 9: makes a fresh id known for one lease by the Redis clock, with what the worker says of itself', async () => {
    await registerWorker(queue, { heartbeatTtlMs: 9_000 });

    const startedAtMs = Number(await redis().hget(keys().worker('w1'), 'startedAtMs'));
    expect(startedAtMs).toBeGreaterThanOrEqual(queue.nowMs);
    expect(await redis().zscore(keys().workers, 'w1')).toBe(String(startedAtMs + 9_000));
    expect(await redis().hget(keys().worker('w1'), 'host')).toBe('web-7');
  });

  it('rule 9: refuses a second call, which does not renew the first', async () => {
    const worker = await registerWorker(queue);
    await redis().zadd(keys().workers, 77, 'w1');

    expect(await worker.register({ host: 'other' })).toBe(false);

    expect(await redis().zscore(keys().workers, 'w1')).toBe('77');
    expect(await redis().hget(keys().worker('w1'), 'host')).toBe('web-7');
  });

  it('rule 12: refuses an id whose jobs are being taken back', async () => {
    const worker = await registerWorker(queue);
    await redis().zrem(keys().workers, 'w1');
    await queue.first.revoked('w1', queue.nowMs);

    expect(await worker.register({})).toBe(false);

    expect(await redis().zcard(keys().workers)).toBe(0);
  });
});
