import { usePlantedQueue } from '@app/testing';
import { describe, expect, it } from 'vitest';

const LEASE_MS = 30_000;

describe('sweep', () => {
  const queue = usePlantedQueue(1);
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;

  async function sweep(most = 20) {
    const { workers, revoked, control } = keys();
    const args = [String(LEASE_MS), String(most)];
    const reply = await queue.scripts.runner.run('sweep', [workers, revoked, control], args);
    const [now, amnesty, over, all] = reply as [string, string, string[], string[]];
    return { now: Number(now), amnesty: Number(amnesty), over, all };
  }
  /** Control facts as they are when sweeps have been running. */
  const lastSweep = (sweepMs: number, amnestyMs = 0) =>
    redis().hset(keys().control, { sweep: sweepMs, amnesty: amnestyMs });

  it('rule 12: moves a worker whose lease is over from the workers to the revoked', async () => {
    await lastSweep(queue.nowMs);
    await queue.first.worker('over', queue.nowMs - 1);
    await queue.first.worker('alive', queue.nowMs + LEASE_MS);

    const { over, all, amnesty, now } = await sweep();

    expect({ over, all, amnesty }).toEqual({ over: ['over'], all: ['over'], amnesty: 0 });
    expect(await redis().zrange(keys().workers, 0, '-1')).toEqual(['alive']);
    expect(await redis().zrange(keys().revoked, 0, '-1', 'WITHSCORES')).toEqual(['over', String(now)]);
    expect(await redis().hget(keys().control, 'sweep')).toBe(String(now));
  });

  it('rule 12: names those revoked before at every call, so that any reaper can go on', async () => {
    await lastSweep(queue.nowMs);
    await queue.first.revoked('earlier', queue.nowMs - 5);

    await sweep();
    const { over, all } = await sweep();

    expect({ over, all }).toEqual({ over: [], all: ['earlier'] });
  });

  it('revokes and names no more workers than asked for, the longest overdue first', async () => {
    await lastSweep(queue.nowMs);
    for (const at of [1, 2, 3]) await queue.first.worker(`w${at}`, at);

    const first = await sweep(2);

    expect(first).toMatchObject({ over: ['w1', 'w2'], all: ['w1', 'w2'] });
    expect(await redis().zrange(keys().workers, 0, '-1')).toEqual(['w3']);
  });

  it('rule 13: grants an amnesty of one lease when the last sweep is older than half a lease', async () => {
    await lastSweep(queue.nowMs - LEASE_MS / 2 - 1);
    await queue.first.worker('over', queue.nowMs - 1);

    const { over, amnesty, now } = await sweep();

    expect(over).toEqual([]);
    expect(amnesty).toBe(now + LEASE_MS);
    expect(await redis().hget(keys().control, 'amnesty')).toBe(String(amnesty));
  });

  it('rule 13: grants an amnesty at the very first sweep', async () => {
    await queue.first.worker('over', queue.nowMs - 1);

    const { over, amnesty, now } = await sweep();

    expect({ over, amnesty }).toEqual({ over: [], amnesty: now + LEASE_MS });
  });

  it('rule 13: revokes nobody while an amnesty lasts, and prolongs none that was granted', async () => {
    const untilMs = queue.nowMs + LEASE_MS;
    await lastSweep(queue.nowMs, untilMs);
    await queue.first.worker('over', queue.nowMs - 1);

    const { over, amnesty } = await sweep();

    expect({ over, amnesty }).toEqual({ over: [], amnesty: 0 });
    expect(await redis().hget(keys().control, 'amnesty')).toBe(String(untilMs));
  });

  it('rule 13: revokes again when the amnesty is over', async () => {
    await lastSweep(queue.nowMs, queue.nowMs);
    await queue.first.worker('over', queue.nowMs - 1);

    const { over } = await sweep();

    expect(over).toEqual(['over']);
  });

  it('rule 13: takes a last sweep in the future for a clock that went back: amnesty, and no lease longer than one', async () => {
    await lastSweep(queue.nowMs + 3_600_000);
    await queue.first.worker('far', queue.nowMs + 3_600_000);
    await queue.first.worker('near', queue.nowMs + 1_000);

    const { over, amnesty, now } = await sweep();

    expect({ over, amnesty }).toEqual({ over: [], amnesty: now + LEASE_MS });
    expect(await redis().zrange(keys().workers, 0, '-1', 'WITHSCORES')).toEqual([
      'near',
      String(queue.nowMs + 1_000),
      'far',
      String(now + LEASE_MS),
    ]);
    expect(await redis().hget(keys().control, 'sweep')).toBe(String(now));
  });
});
