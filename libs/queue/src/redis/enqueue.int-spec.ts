import { usePlantedQueue } from '@app/testing';
import { describe, expect, it } from 'vitest';
import { EnqueueBatch, type PendingJob } from '../enqueue/enqueue-batch.js';
import { enqueueCall } from '../enqueue/enqueue-call.js';
import { decodeRecord, encodeRecordTail } from '../job/job-codec.js';

describe('enqueue', () => {
  const queue = usePlantedQueue(1);
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;

  type NewJob = Partial<Pick<PendingJob, 'queue' | 'when' | 'uniqueKey'>> & { id: string };

  async function send(sequence: number, jobs: NewJob[], maxLength = 0) {
    const batch = new EnqueueBatch(sequence);
    for (const { queue: name = 'low', when = '0', ...job } of jobs) {
      const recordTail = encodeRecordTail(name, 'test.noop', { of: job.id }, {});
      batch.add({ kind: 'test.noop', queue: name, when, recordTail, index: 0, settle: () => {}, ...job });
    }
    const call = enqueueCall(batch, keys(), 'p1', { ...queue.scripts.options, maxLength, uniqueWindowMs: 60_000 });
    const reply = await queue.scripts.runner.run('enqueue', call.keys, call.args);
    const [answer, now] = reply as [string, string];
    return { answer, now: Number(now) };
  }
  const ready = (name = 'low') => redis().lrange(keys().ready(name), 0, -1);

  it('stores each job with its record, the first one next to run', async () => {
    const { answer, now } = await send(1, [{ id: 'a' }, { id: 'b' }, { id: 'c', queue: 'high' }]);

    expect(answer).toBe('stored');
    expect(await ready()).toEqual(['b', 'a']);
    expect(await ready('high')).toEqual(['c']);
    const record = await redis().hget(keys().jobs, 'a');
    expect(decodeRecord('a', record)).toMatchObject({ kind: 'test.noop', createdAtMs: now, payload: { of: 'a' } });
  });

  it('schedules what is for later, by the Redis clock, and makes ready what is due already', async () => {
    const at = queue.nowMs + 60_000;
    const { now } = await send(1, [
      { id: 'from-now', when: '+5000' },
      { id: 'at', when: String(at) },
      { id: 'past', when: String(queue.nowMs - 1) },
    ]);

    expect(await redis().zrange(keys().scheduled('low'), 0, '-1', 'WITHSCORES')).toEqual([
      'from-now',
      String(now + 5_000),
      'at',
      String(at),
    ]);
    expect(await ready()).toEqual(['past']);
    const dueOf = async (id: string) => decodeRecord(id, await redis().hget(keys().jobs, id)).dueAtMs;
    expect([await dueOf('from-now'), await dueOf('at'), await dueOf('past')]).toEqual([now + 5_000, at, now]);
  });

  it('rule 15: answers duplicate to an id that is stored, and writes nothing for it', async () => {
    await queue.first.scheduled('a', 5, { payload: 'the first' });
    const before = await redis().hget(keys().jobs, 'a');

    const { answer } = await send(1, [{ id: 'a', uniqueKey: 'k' }, { id: 'b' }, { id: 'b' }]);

    expect(answer).toBe('duplicate a,stored,duplicate b');
    expect(await redis().hget(keys().jobs, 'a')).toBe(before);
    expect(await redis().exists(keys().unique('k'))).toBe(0);
    expect(await ready()).toEqual(['b']);
  });

  it('rule 15: answers with the job that holds the unique key, also within one batch', async () => {
    await send(1, [{ id: 'a', uniqueKey: 'k' }]);

    const { answer } = await send(2, [
      { id: 'b', uniqueKey: 'k' },
      { id: 'c', uniqueKey: 'other' },
      { id: 'd', uniqueKey: 'other' },
    ]);

    expect(answer).toBe('duplicate a,stored,duplicate c');
    expect(await redis().hkeys(keys().jobs)).toEqual(['a', 'c']);
  });

  it('rule 15: a unique key outlives its job, for its window', async () => {
    await send(1, [{ id: 'a', uniqueKey: 'k' }]);
    await redis().del(keys().ready('low'), keys().jobs);

    const { answer } = await send(2, [{ id: 'b', uniqueKey: 'k' }]);

    expect(answer).toBe('duplicate a');
    const leftMs = await redis().pttl(keys().unique('k'));
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(60_000);
  });

  it('rule 15: a unique key that holds the same id is no conflict', async () => {
    await redis().set(keys().unique('k'), 'a');

    const { answer } = await send(1, [{ id: 'a', uniqueKey: 'k' }]);

    expect(answer).toBe('stored');
    expect(await ready()).toEqual(['a']);
  });

  it('rule 16: a batch sent again gets its first answer and stores nothing, whatever became of its jobs', async () => {
    const jobs = [{ id: 'a' }, { id: 'a' }];
    const first = await send(1, jobs);
    await redis().del(keys().ready('low'), keys().jobs);

    const second = await send(1, jobs);

    expect([first.answer, second.answer]).toEqual(['stored,duplicate a', 'stored,duplicate a']);
    expect(await redis().exists(keys().ready('low'), keys().jobs)).toBe(0);
  });

  it('rule 16: keeps the answers of the last 32 batches, and refuses one that is older and was never seen', async () => {
    for (let sequence = 2; sequence <= 33; sequence++) await send(sequence, [{ id: `job-${sequence}` }]);

    const stale = await send(1, [{ id: 'late' }]);
    const kept = await send(2, [{ id: 'job-2' }]);

    expect([stale.answer, kept.answer]).toEqual(['stale', 'stored']);
    expect(await redis().hexists(keys().jobs, 'late')).toBe(0);
  });

  it('rule 16: keeps a bounded number of answers, also when a batch never arrived', async () => {
    const arrived = Array.from({ length: 200 }, (_, at) => at + 1).filter((sequence) => sequence !== 96);

    for (const sequence of arrived) await send(sequence, [{ id: `job-${sequence}` }]);

    const fields = await redis().hkeys(keys().producer('p1'));
    expect(
      fields
        .map(Number)
        .filter(Boolean)
        .toSorted((one, other) => one - other)[0],
    ).toBeGreaterThan(128);
  });

  it('rule 16: the answers outlive the newest batch by half an hour at least', async () => {
    await send(1, [{ id: 'a' }]);
    await redis().hset(keys().producer('p1'), 'expirySet', Date.now() - 1_900_000);
    await redis().pexpire(keys().producer('p1'), 1_000);

    await send(2, [{ id: 'b' }]);
    const renewedMs = await redis().pttl(keys().producer('p1'));
    await redis().pexpire(keys().producer('p1'), 2_000_000);
    await send(3, [{ id: 'c' }]);

    expect(renewedMs).toBeGreaterThan(3_590_000);
    expect(await redis().pttl(keys().producer('p1'))).toBeLessThanOrEqual(2_000_000);
  });

  it('rule 16: takes a batch that arrives after its successor', async () => {
    await send(2, [{ id: 'b' }]);

    const { answer } = await send(1, [{ id: 'a' }]);

    expect(answer).toBe('stored');
    expect(await redis().hget(keys().producer('p1'), 'newest')).toBe('2');
  });

  it('refuses what would make a queue longer than it may be; what is for later is no part of that', async () => {
    const jobs = [{ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'later', when: '+60000' }, { id: 'd', queue: 'high' }];

    const { answer } = await send(1, jobs, 2);

    expect(answer).toBe('stored,stored,full,stored,stored');
    expect(await ready()).toEqual(['b', 'a']);
    expect(await redis().hexists(keys().jobs, 'c')).toBe(0);
  });

  it('rule 23: leaves one token for each queue that has work now, none for a paused one', async () => {
    await redis().hset(keys().paused, 'high', '{}');

    await send(1, [{ id: 'a' }, { id: 'b', queue: 'high' }]);
    await send(2, [{ id: 'c' }]);

    expect(await redis().llen(keys().wake('low'))).toBe(1);
    expect(await redis().llen(keys().wake('high'))).toBe(0);
  });

  it('rule 26: leaves a timer token, and no wake token, when a job is due before all others', async () => {
    await queue.first.scheduled('x', queue.nowMs + 60_000);

    await send(1, [{ id: 'a', when: '+1000' }]);

    expect(await redis().llen(keys().timer('low'))).toBe(1);
    expect(await redis().llen(keys().wake('low'))).toBe(0);
  });

  it('rule 26: leaves none when another job is due first', async () => {
    await queue.first.scheduled('x', queue.nowMs + 1_000);

    await send(1, [{ id: 'a', when: '+60000' }]);

    expect(await redis().llen(keys().timer('low'))).toBe(0);
  });
});
