import { usePlantedQueue } from '@app/testing';
import { describe, expect, it } from 'vitest';

describe('retain', () => {
  const queue = usePlantedQueue(1);
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;

  async function retain(keepForMs: number, most = 500) {
    const { completed, outcome, jobs, history } = keys();
    return queue.scripts.runner.run('retain', [completed, outcome, jobs, history], [String(keepForMs), String(most)]);
  }
  const completed = (id: string, finishedAtMs: number) =>
    queue.first.completed(id, `${finishedAtMs} 5 w1\n`, { history: { attempts: 1 } });

  it('forgets what finished longer ago than it is kept for, with all that is stored of it', async () => {
    for (const [id, agoMs] of Object.entries({ old: 3_000_000, older: 2_000_000, young: 1_000 }))
      await completed(id, queue.nowMs - agoMs);

    expect(await retain(60_000)).toBe(2);

    expect(await redis().lrange(keys().completed, 0, -1)).toEqual(['young']);
    for (const key of [keys().outcome, keys().jobs, keys().history])
      expect(await redis().hkeys(key)).toEqual(['young']);
  });

  it('looks at a bounded number of jobs a call, the oldest first', async () => {
    for (const at of [1, 2, 3]) await completed(`job-${at}`, at);

    expect(await retain(60_000, 2)).toBe(2);

    expect(await redis().lrange(keys().completed, 0, -1)).toEqual(['job-3']);
  });

  it('forgets nothing at a second call', async () => {
    await completed('old', 1);
    await completed('young', queue.nowMs);
    await retain(60_000);

    expect(await retain(60_000)).toBe(0);
    expect(await redis().lrange(keys().completed, 0, -1)).toEqual(['young']);
  });

  it('forgets a place without an outcome', async () => {
    await completed('a', queue.nowMs);
    await redis().hdel(keys().outcome, 'a');

    expect(await retain(60_000)).toBe(1);
  });
});
