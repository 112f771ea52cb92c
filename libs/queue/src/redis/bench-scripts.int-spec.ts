import { usePlantedQueue } from '@app/testing';
import { describe, expect, it } from 'vitest';

const RUN_ID = '0123456789abcdef';

describe('bench-enqueue', () => {
  const queue = usePlantedQueue(1);
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;

  const enqueue = (ids: string[], most = 0) =>
    queue.scripts.runner.run(
      'bench-enqueue',
      [keys().jobs, keys().paused, keys().ready('low'), keys().wake('low')],
      ['low', String(most), 'low @bench\n{"payload":null}', ...ids],
    ) as Promise<[word: string, micros: string]>;

  it('stores jobs at the back of the queue, wakes one worker and tells the time in µs', async () => {
    await queue.first.ready('other');
    const [seconds, micros] = (await redis().time()).map(Number) as [number, number];

    const [word, storedAt] = await enqueue(['a', 'b']);

    expect(word).toBe('stored');
    expect(Number(storedAt)).toBeGreaterThanOrEqual(seconds * 1_000_000 + micros);
    expect(await redis().lrange(keys().ready('low'), 0, -1)).toEqual(['b', 'a', 'other']);
    expect(await redis().hget(keys().jobs, 'a')).toBe(
      `1 ${Math.floor(Number(storedAt) / 1_000)} low @bench\n{"payload":null}`,
    );
  });

  it('leaves one token for a queue that was empty', async () => {
    await enqueue(['a']);
    await enqueue(['b']);

    expect(await redis().llen(keys().wake('low'))).toBe(1);
  });

  it.each<[string, () => Promise<unknown>, number]>([
    ['paused', () => redis().hset(keys().paused, 'low', '{}'), 0],
    ['full', () => queue.first.ready('other'), 2],
  ])('stores nothing in a queue that is %s', async (word, prepare, most) => {
    await prepare();
    const before = await redis().llen(keys().ready('low'));

    expect((await enqueue(['a', 'b'], most))[0]).toBe(word);

    expect(await redis().llen(keys().ready('low'))).toBe(before);
    expect(await redis().hexists(keys().jobs, 'a')).toBe(0);
  });
});

describe('bench-withdraw', () => {
  const queue = usePlantedQueue(1);
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;

  const withdraw = (ids: string[], depth = 1_000) =>
    queue.scripts.runner.run(
      'bench-withdraw',
      [keys().jobs, keys().history, keys().ready('low'), keys().scheduled('low'), keys().bench(RUN_ID)],
      [String(depth), ...ids],
    );

  it('takes back what waits, with its answers, and no other job', async () => {
    for (const id of ['other', 'a', 'b']) await queue.first.ready(id, { history: { interruptions: 1 } });
    await queue.first.scheduled('c', queue.nowMs + 60_000);
    await redis().rpush(keys().bench(RUN_ID), 'x');

    expect(await withdraw(['c', 'b', 'a'])).toBe(3);

    expect(await redis().hkeys(keys().jobs)).toEqual(['other']);
    expect(await redis().lrange(keys().ready('low'), 0, -1)).toEqual(['other']);
    expect(await redis().exists(keys().scheduled('low'), keys().bench(RUN_ID))).toBe(0);
    expect(await redis().hkeys(keys().history)).toEqual(['other']);
  });

  it('leaves a job that a worker holds, and one that lies too deep', async () => {
    await queue.first.worker('w1', queue.nowMs + 60_000);
    await queue.first.processing('held', 'w1', queue.nowMs);
    await queue.first.ready('deep');
    await queue.first.ready('newer');

    expect(await withdraw(['held', 'deep'], 1)).toBe(0);

    expect((await redis().hkeys(keys().jobs)).toSorted()).toEqual(['deep', 'held', 'newer']);
  });

  it('may be called again', async () => {
    await queue.first.ready('a');

    expect([await withdraw(['a']), await withdraw(['a'])]).toEqual([1, 0]);
  });
});
