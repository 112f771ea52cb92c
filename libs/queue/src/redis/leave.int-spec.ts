import { claimJobs, decodeHistory, ended, registerWorker, usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { LOST, type WorkerCalls } from '../worker/worker-calls.js';

describe('leave', () => {
  const queue = usePlantedQueue(1);
  let worker: WorkerCalls;
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;
  const tokens = (names: string[]) => Promise.all(names.map((name) => redis().llen(name)));

  beforeEach(async () => {
    worker = await registerWorker(queue);
  });

  it('rule 14: gives everything Redis holds for it to the front of its queues, the oldest claim next', async () => {
    for (const id of ['a', 'b', 'c']) await queue.first.ready(id);
    await queue.first.ready('urgent', { queue: 'high' });
    await claimJobs(worker, 3);

    const ids = await worker.leave();

    expect(ids).toEqual(['b', 'a', 'urgent']);
    expect(await redis().lrange(keys().ready('low'), 0, -1)).toEqual(['c', 'b', 'a']);
    expect(await redis().lrange(keys().ready('high'), 0, -1)).toEqual(['urgent']);
  });

  it('rule 14: counts one interruption, and no attempt', async () => {
    await queue.first.ready('a', { history: { attempts: 2, interruptions: 1 } });
    await queue.first.ready('b');
    await claimJobs(worker, 2);

    await worker.leave();

    const [a, b] = await redis().hmget(keys().history, 'a', 'b');
    expect(decodeHistory(a)).toMatchObject({ attempts: 2, interruptions: 2 });
    expect(decodeHistory(b)).toMatchObject({ attempts: 0, interruptions: 1 });
  });

  it('rule 14: ends the registration, so that nothing sent later can claim or settle', async () => {
    await queue.first.ready('a');
    const [claim] = await claimJobs(worker);

    await worker.leave();

    expect(await redis().exists(keys().workers, keys().worker('w1'), keys().processing('w1'))).toBe(0);
    expect(await worker.advance([ended(claim!, { verb: 'ack', outcomeTail: '1 w1\n' })], 1, 0)).toBe(LOST);
    expect(await redis().lrange(keys().ready('low'), 0, -1)).toEqual(['a']);
  });

  it('rule 14: answers LOST to a second call, which changes nothing', async () => {
    await queue.first.ready('a');
    await claimJobs(worker);
    await worker.leave();

    expect(await worker.leave()).toBe(LOST);

    expect(decodeHistory(await redis().hget(keys().history, 'a')).interruptions).toBe(1);
  });

  it('rule 12: leaves the jobs of a worker that is being reaped to the reaper', async () => {
    await queue.first.ready('a');
    await claimJobs(worker);
    await redis().zrem(keys().workers, 'w1');
    await queue.first.revoked('w1', queue.nowMs);

    expect(await worker.leave()).toBe(LOST);

    expect(await redis().zrange(keys().processing('w1'), 0, '-1')).toEqual(['a']);
  });

  it('rule 24: leaves a token for each queue with work, none for a paused one', async () => {
    await queue.first.ready('a');
    await queue.first.ready('b', { queue: 'high' });
    await redis().hset(keys().paused, 'high', '{}');

    await worker.leave();

    expect(await tokens([keys().wake('low'), keys().wake('high')])).toEqual([1, 0]);
  });

  it('rule 26: leaves a timer token for each queue with something scheduled', async () => {
    await queue.first.scheduled('a', queue.nowMs + 60_000);

    await worker.leave();

    expect(await tokens([keys().timer('low'), keys().timer('high')])).toEqual([1, 0]);
  });

  it('dead-letters what it cannot send anywhere, with its bytes and a reason', async () => {
    await queue.first.processing('garbled', 'w1', queue.nowMs, { record: 'not a record' });
    await queue.first.processing('stranger', 'w1', queue.nowMs, { queue: 'unserved' });
    await queue.first.processing('missing', 'w1', queue.nowMs, { record: null });

    await worker.leave();

    const ids = ['garbled', 'stranger', 'missing'];
    const pasts = await redis().hmget(keys().history, ...ids);
    expect(pasts.map((past) => decodeHistory(past).reason)).toEqual([
      'malformed-record',
      'malformed-record',
      'record-missing',
    ]);
    expect((await redis().zrange(keys().dead, 0, '-1')).sort()).toEqual(ids.sort());
    expect(await redis().hget(keys().jobs, 'garbled')).toBe('not a record');
  });
});
