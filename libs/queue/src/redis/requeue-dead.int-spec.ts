import { decodeHistory, usePlantedQueue } from '@app/testing';
import { describe, expect, it } from 'vitest';

describe('requeue-dead, purge-dead, pause and resume', () => {
  const queue = usePlantedQueue(1);
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;
  const run: typeof queue.scripts.runner.run = (...args) => queue.scripts.runner.run(...args);

  /** One row: queue index, id, died at. */
  const requeue = (...rows: [number, string, number][]) =>
    run(
      'requeue-dead',
      [
        keys().dead,
        keys().jobs,
        keys().history,
        keys().paused,
        keys().deadGroups,
        keys().ready('low'),
        keys().wake('low'),
      ],
      ['1', 'low', ...rows.flat().map(String)],
    );
  const purge = (...rows: [string, number][]) =>
    run('purge-dead', [keys().dead, keys().jobs, keys().history, keys().deadGroups], rows.flat().map(String));
  const resume = (seen = '') =>
    run(
      'resume',
      [keys().paused, keys().ready('low'), keys().scheduled('low'), keys().wake('low'), keys().timer('low')],
      ['low', seen],
    );

  it('rule 17: requeues the death it saw: attempts and crashes reset, trail kept', async () => {
    const trail = [{ atMs: 1, workerId: 'w', what: 'error', fingerprint: 'f', summary: 'no' }] as const;
    await queue.first.dead('a', 7, { history: { attempts: 4, crashes: 2, interruptions: 3, trail } });

    const words = await requeue([1, 'a', 7]);

    expect(words).toEqual(['requeued']);
    expect(await redis().lrange(keys().ready('low'), 0, -1)).toEqual(['a']);
    const history = decodeHistory(await redis().hget(keys().history, 'a'));
    expect(history).toMatchObject({ attempts: 0, crashes: 0, interruptions: 3, trail });
    expect(history.reason).toBeUndefined();
  });

  it('rule 17: requeues nothing under another time of death, nor a second time', async () => {
    for (const id of ['a', 'b']) await queue.first.dead(id, 7);

    const first = await requeue([1, 'a', 8], [1, 'b', 7], [1, 'unheard-of', 7]);
    const second = await requeue([1, 'b', 7]);

    expect([first, second]).toEqual([['gone', 'requeued', 'gone'], ['gone']]);
    expect(await redis().zrange(keys().dead, 0, '-1')).toEqual(['a']);
  });

  it('leaves a dead job where it is when its record names no known queue', async () => {
    await queue.first.dead('a', 7, { record: 'garbled' });
    await queue.first.dead('b', 7, { queue: 'high' });

    expect(await requeue([0, 'a', 7], [1, 'b', 7])).toEqual(['unreadable', 'unreadable']);
    expect(await redis().zcard(keys().dead)).toBe(2);
  });

  it('rule 17: purges the death it saw, and nothing under another time, nor a second time', async () => {
    for (const id of ['a', 'b']) await queue.first.dead(id, 7);

    const first = await purge(['a', 7], ['b', 8]);
    const second = await purge(['a', 7]);

    expect([first, second]).toEqual([['purged', 'gone'], ['gone']]);
    expect(await redis().hkeys(keys().jobs)).toEqual(['b']);
    expect(await redis().hkeys(keys().history)).toEqual(['b']);
  });

  it('rule 23: a requeue leaves one token, none for a paused queue', async () => {
    for (const id of ['a', 'b']) await queue.first.dead(id, 7);
    await redis().hset(keys().paused, 'low', '{}');

    await requeue([1, 'a', 7]);
    const whilePaused = await redis().llen(keys().wake('low'));
    await redis().del(keys().paused);
    await requeue([1, 'b', 7]);

    expect([whilePaused, await redis().llen(keys().wake('low'))]).toEqual([0, 1]);
  });

  it('rules 23 and 24: a resume leaves the tokens that were not left while the queue was paused', async () => {
    await run('pause', [keys().paused], ['low', '{"reason":"x"}']);
    await queue.first.ready('a');
    await queue.first.scheduled('b', queue.nowMs + 60_000);

    const words = [await resume('{"reason":"y"}'), await resume('{"reason":"x"}'), await resume()];

    expect(words).toEqual(['changed', 'resumed', 'not-paused']);
    expect(await redis().llen(keys().wake('low'))).toBe(1);
    expect(await redis().llen(keys().timer('low'))).toBe(1);
  });
});
