import { usePlantedQueue } from '@app/testing';
import { describe, expect, it } from 'vitest';

describe('take-token', () => {
  const queue = usePlantedQueue(1);
  const key = () => queue.first.keys.limit('scan');

  /** A token an hour: none flows in while a test runs. */
  async function take(wanted: number, size = 5, perSecond = 1 / 3_600) {
    const args = [String(perSecond), String(size), String(wanted)];
    const [taken, waitMs] = (await queue.scripts.runner.run('take-token', [key()], args)) as [number, number];
    return { taken, waitMs };
  }

  it('gives what a full bucket holds, and says when the next token comes', async () => {
    const first = await take(3);
    const second = await take(3);

    expect(first).toEqual({ taken: 3, waitMs: 0 });
    expect(second.taken).toBe(2);
    expect(second.waitMs).toBeGreaterThan(3_500_000);
    expect(second.waitMs).toBeLessThanOrEqual(3_600_000);
  });

  it('gives nothing from an empty bucket, and takes nothing for it', async () => {
    await take(5);

    const first = await take(1);
    const second = await take(1);

    expect([first.taken, second.taken]).toEqual([0, 0]);
    expect(second.waitMs).toBeLessThanOrEqual(first.waitMs);
  });

  it('gives one bucket to callers that ask at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => take(1)));

    expect(answers.reduce((sum, { taken }) => sum + taken, 0)).toBe(5);
  });

  it('fills up by the Redis clock, and no further than its size', async () => {
    await queue.test.redis.hset(key(), 'full', queue.nowMs - 3_600_000_000);

    expect((await take(50)).taken).toBe(5);
  });

  it('does not stay empty for ever when the Redis clock went back', async () => {
    await queue.test.redis.hset(key(), 'full', queue.nowMs + 1e12);

    const { waitMs } = await take(1);

    expect(waitMs).toBeLessThanOrEqual(3_600_000);
  });

  it('forgets the bucket some time after it is full again', async () => {
    await take(1);

    const leftMs = await queue.test.redis.pttl(key());
    expect(leftMs).toBeGreaterThan(5 * 3_600_000);
  });
});
