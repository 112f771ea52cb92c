import { decodeHistory, historyText, recordText, usePlantedQueue } from '@app/testing';
import { describe, expect, it } from 'vitest';

describe('read-claims and reap', () => {
  const queue = usePlantedQueue(1);
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;
  const run: typeof queue.scripts.runner.run = (...args) => queue.scripts.runner.run(...args);
  const tail = historyText({ crashes: 1 }).slice('1 0 '.length);

  const readClaims = (most = 100) =>
    run('read-claims', [keys().processing('gone'), keys().jobs, keys().history], [String(most)]);

  /** One row: id, claim number, verb, queue index, delay ms, history tail. */
  async function reap(...rows: [string, number, string, number, number, string][]) {
    const { revoked, history, dead, paused, deadGroups } = keys();
    const cancels = keys().cancels('gone');
    const group = [keys().ready('low'), keys().scheduled('low'), keys().wake('low'), keys().timer('low')];
    const quarantine = keys().quarantine('low');
    const reply = await run(
      'reap',
      [
        revoked,
        keys().processing('gone'),
        keys().worker('gone'),
        history,
        dead,
        paused,
        deadGroups,
        cancels,
        ...group,
        quarantine,
      ],
      ['gone', '1', 'low', ...rows.flat().map(String)],
    );
    const [now, left, refused] = reply as [string, number, number[]];
    return { now: Number(now), left, refused };
  }

  async function plantRevoked(...ids: string[]) {
    await queue.first.worker('gone', 1);
    await redis().zrem(keys().workers, 'gone');
    await queue.first.revoked('gone', queue.nowMs);
    for (const [at, id] of ids.entries()) await queue.first.processing(id, 'gone', at + 1);
  }

  it('reads id, claim number, first line and history, the oldest claim first', async () => {
    await plantRevoked('a');
    await queue.first.processing('b', 'gone', 9, { record: null });
    await redis().hset(keys().history, 'a', historyText({ attempts: 1 }));

    const rows = await readClaims();
    const first = await readClaims(1);

    expect(rows).toEqual(['a', '1000', '1 1 low test.noop', historyText({ attempts: 1 }), 'b', '9000', '', '']);
    expect(first).toEqual((rows as string[]).slice(0, 4));
    await redis().zrem(keys().processing('gone'), 'b');
  });

  it('rule 12: moves a job to the front of its queue, with the history it was given', async () => {
    await plantRevoked('a');
    await queue.first.ready('waiting');

    const { left, refused, now } = await reap(['a', 1_000, 'front', 1, 0, tail]);

    expect({ left, refused }).toEqual({ left: 0, refused: [] });
    expect(await redis().lrange(keys().ready('low'), 0, -1)).toEqual(['waiting', 'a']);
    expect(decodeHistory(await redis().hget(keys().history, 'a'))).toMatchObject({ crashes: 1, dueAtMs: now });
  });

  it('moves a job to later, or to the dead', async () => {
    await plantRevoked('later', 'dead');

    const { now } = await reap(['later', 1_000, 'retry', 1, 5_000, tail], ['dead', 2_000, 'bury', 0, 0, tail]);

    expect(await redis().zscore(keys().scheduled('low'), 'later')).toBe(String(now + 5_000));
    expect(await redis().zscore(keys().dead, 'dead')).toBe(String(now));
    expect(await redis().llen(keys().timer('low'))).toBe(1);
  });

  it('rule 18: moves a job to the front of the quarantine, and leaves no token for it', async () => {
    await plantRevoked('a');
    await queue.first.quarantined('waits');

    const { left } = await reap(['a', 1_000, 'alone', 1, 0, tail]);

    expect(left).toBe(0);
    expect(await redis().lrange(keys().quarantine('low'), 0, -1)).toEqual(['waits', 'a']);
    expect(await redis().exists(keys().wake('low'), keys().ready('low'))).toBe(0);
  });

  it('rule 12: forgets the worker only when it holds nothing more', async () => {
    await plantRevoked('a', 'b');

    const first = await reap(['a', 1_000, 'front', 1, 0, tail]);
    const isKnown = await redis().zscore(keys().revoked, 'gone');
    const second = await reap(['b', 2_000, 'front', 1, 0, tail]);

    expect([first.left, second.left]).toEqual([1, 0]);
    expect(isKnown).toBe(String(queue.nowMs));
    expect(await redis().exists(keys().revoked, keys().worker('gone'), keys().processing('gone'))).toBe(0);
  });

  it('rule 12: refuses another claim number, and what another reaper moved before', async () => {
    await plantRevoked('a', 'b');
    await reap(['a', 1_000, 'front', 1, 0, tail]);

    const { refused, left } = await reap(['a', 1_000, 'front', 1, 0, tail], ['b', 2_001, 'front', 1, 0, tail]);

    expect({ refused, left }).toEqual({ refused: [1, 2], left: 1 });
    expect(await redis().lrange(keys().ready('low'), 0, -1)).toEqual(['a']);
    expect(await redis().hexists(keys().history, 'b')).toBe(0);
  });

  it('rule 12: takes nothing from a worker that nobody revoked', async () => {
    await plantRevoked('a');
    await redis().zrem(keys().revoked, 'gone');

    const { refused } = await reap(['a', 1_000, 'front', 1, 0, tail]);

    expect(refused).toEqual([1]);
    expect(await redis().zcard(keys().processing('gone'))).toBe(1);
  });

  it('rule 12: sends a job that cannot be moved to the dead, and goes on with the others', async () => {
    await plantRevoked('bad', 'good');
    await redis().set(keys().scheduled('low'), 'not a sorted set');

    const { left } = await reap(['bad', 1_000, 'retry', 1, 5_000, tail], ['good', 2_000, 'front', 1, 0, tail]);

    await redis().del(keys().scheduled('low'));
    expect(left).toBe(0);
    expect(await redis().zrange(keys().dead, 0, '-1')).toEqual(['bad']);
    expect(await redis().lrange(keys().ready('low'), 0, -1)).toEqual(['good']);
    expect(await redis().hget(keys().jobs, 'bad')).toBe(recordText());
  });

  it('rule 23: leaves one token for the queue, none for a paused one', async () => {
    await plantRevoked('a', 'b', 'c');

    await reap(['a', 1_000, 'front', 1, 0, tail], ['b', 2_000, 'front', 1, 0, tail]);
    const open = await redis().lpop(keys().wake('low'), 5);
    await redis().hset(keys().paused, 'low', '{}');
    await reap(['c', 3_000, 'front', 1, 0, tail]);

    expect(open).toEqual(['1']);
    expect(await redis().llen(keys().wake('low'))).toBe(0);
  });
});
