import { claimJobs, ended, registerWorker, usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Settlement } from '../worker/claim.js';
import { LOST, type WorkerCalls } from '../worker/worker-calls.js';

const ACK: Settlement = { verb: 'ack', outcomeTail: '5 w1\n{"ok":true}' };

describe('advance', () => {
  const queue = usePlantedQueue(1);
  let worker: WorkerCalls;
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;

  beforeEach(async () => {
    worker = await registerWorker(queue);
  });

  async function advance(...args: Parameters<WorkerCalls['advance']>) {
    const reply = await worker.advance(...args);
    if (reply === LOST) throw new Error('the worker is lost');
    return reply;
  }

  it('claims the oldest jobs first, with record and history, strictly by queue', async () => {
    await queue.first.ready('low-1', { payload: 1 });
    await queue.first.ready('low-2');
    await queue.first.ready('high-1', { queue: 'high', history: { attempts: 2 } });

    const { jobs } = await advance([], 2, 0);

    expect(jobs.map(({ jobId }) => jobId)).toEqual(['high-1', 'low-1']);
    expect(jobs[0]?.history).toMatch(/^1 0 - 2 0 0 0\n/);
    expect(jobs[1]?.record).toContain('"payload":1');
    expect(await redis().lrange(keys().ready('low'), 0, -1)).toEqual(['low-2']);
  });

  it('rule 18: a job that crashed twice becomes due in quarantine, with a worker that can run it alone', async () => {
    const past = queue.nowMs - 1_000;
    await queue.first.scheduled('crashed', past, { history: { crashes: 2 } });
    await queue.first.scheduled('once', past, { history: { crashes: 1 } });
    await queue.first.scheduled('new', past);
    const able = await registerWorker(queue, { workerId: 'able', solo: { entry: 'not started here' } });

    const claimed = await able.advance([], 5, 0);

    expect(claimed).toMatchObject({ jobs: [{ jobId: 'new' }, { jobId: 'once' }] });
    expect(await redis().lrange(keys().quarantine('low'), 0, -1)).toEqual(['crashed']);
    expect(await redis().exists(keys().scheduled('low'))).toBe(0);
  });

  it('a worker that cannot run a job alone takes it among others', async () => {
    await queue.first.scheduled('crashed', queue.nowMs - 1_000, { history: { crashes: 2 } });

    const { jobs } = await advance([], 5, 0);

    expect(jobs.map(({ jobId }) => jobId)).toEqual(['crashed']);
  });

  it('claims as many as there are when there are fewer than wanted', async () => {
    await queue.first.ready('a');

    const { jobs } = await advance([], 10, 0);

    expect(jobs.map(({ jobId }) => jobId)).toEqual(['a']);
  });

  it('rule 1: numbers the claims of a batch one by one, from the Redis clock in microseconds', async () => {
    for (const id of ['a', 'b', 'c']) await queue.first.ready(id);

    const jobs = await claimJobs(worker, 3);

    const [first = 0] = jobs.map(({ number }) => number);
    expect(first).toBeGreaterThan(queue.nowMs * 1_000);
    expect(jobs.map(({ number }) => number)).toEqual([first, first + 1, first + 2]);
    expect(await redis().zrange(keys().processing('w1'), 0, '-1', 'WITHSCORES')).toEqual(
      jobs.flatMap(({ jobId, number }) => [jobId, String(number)]),
    );
    expect(await redis().hget(keys().control, 'claim')).toBe(String(first + 2));
  });

  it('rule 1: goes on from the last number when the Redis clock went back', async () => {
    const last = (queue.nowMs + 3_600_000) * 1_000;
    await redis().hset(keys().control, 'claim', last);
    await queue.first.ready('a');

    const [claim] = await claimJobs(worker);

    expect(claim?.number).toBe(last + 1);
  });

  it('rule 2: takes an ack that names the claim, and keeps the outcome under the Redis clock', async () => {
    await queue.first.ready('a');
    const [claim] = await claimJobs(worker);

    const { gone, nowMs } = await advance([ended(claim!, ACK)], 0, 0);

    expect(gone.size).toBe(0);
    expect(await redis().lrange(keys().completed, 0, -1)).toEqual(['a']);
    expect(await redis().hget(keys().outcome, 'a')).toBe(`${nowMs} 5 w1\n{"ok":true}`);
    expect(await redis().zcard(keys().processing('w1'))).toBe(0);
  });

  it('rule 2: answers gone to an ack with another claim number, and writes nothing', async () => {
    await queue.first.ready('a');
    const [claim] = await claimJobs(worker);
    const late = ended({ ...claim!, number: claim!.number - 1 }, ACK);

    const { gone } = await advance([late], 0, 0);

    expect([...gone]).toEqual([late]);
    expect(await redis().zscore(keys().processing('w1'), 'a')).toBe(String(claim?.number));
    expect(await redis().exists(keys().outcome, keys().completed)).toBe(0);
  });

  it('rule 2: answers gone to the second of two equal calls, and completes the job once', async () => {
    await queue.first.ready('a');
    const [claim] = await claimJobs(worker);
    const ack = ended(claim!, ACK);
    await advance([ack], 0, 0);

    const { gone } = await advance([ack], 0, 0);

    expect([...gone]).toEqual([ack]);
    expect(await redis().lrange(keys().completed, 0, -1)).toEqual(['a']);
  });

  it('rule 2: refuses an ack from a worker that is not registered', async () => {
    await queue.first.ready('a');
    const [claim] = await claimJobs(worker);
    await redis().zrem(keys().workers, 'w1');

    const reply = await worker.advance([ended(claim!, ACK)], 1, 0);

    expect(reply).toBe(LOST);
    expect(await redis().exists(keys().outcome)).toBe(0);
  });

  it('rule 2: lets a late ack win while nobody revoked the worker', async () => {
    await queue.first.ready('a');
    const [claim] = await claimJobs(worker);
    await redis().zadd(keys().workers, 1, 'w1');

    const { gone } = await advance([ended(claim!, ACK)], 0, 0);

    expect(gone.size).toBe(0);
  });

  it('rule 12: refuses acks and claims of a worker that is being reaped', async () => {
    await queue.first.ready('a');
    await queue.first.ready('b');
    const [claim] = await claimJobs(worker);
    await redis().zrem(keys().workers, 'w1');
    await queue.first.revoked('w1', queue.nowMs);

    const reply = await worker.advance([ended(claim!, ACK)], 1, 0);

    expect(reply).toBe(LOST);
    expect(await redis().lrange(keys().ready('low'), 0, -1)).toEqual(['b']);
  });

  it('names the refused rows of a batch and takes the others', async () => {
    for (const id of ['a', 'b', 'c']) await queue.first.ready(id);
    const claims = await claimJobs(worker, 3);
    const acks = claims.map((claim) => ended(claim, ACK));
    await advance([acks[1]!], 0, 0);

    const { gone } = await advance(acks, 0, 0);

    expect([...gone]).toEqual([acks[1]]);
    expect((await redis().lrange(keys().completed, 0, -1)).sort()).toEqual(['a', 'b', 'c']);
  });

  it('forgets the oldest completed jobs beyond the count that is kept, with all that is stored of them', async () => {
    const keeper = await registerWorker(queue, { workerId: 'w2', keepCount: 2 });
    for (const id of ['a', 'b', 'c', 'd']) await queue.first.ready(id, { history: { attempts: 1 } });
    const claims = await claimJobs(keeper, 4);

    await keeper.advance(
      claims.map((claim) => ended(claim, ACK)),
      0,
      0,
    );

    expect(await redis().lrange(keys().completed, 0, -1)).toEqual(['d', 'c']);
    for (const key of [keys().jobs, keys().outcome, keys().history])
      expect((await redis().hkeys(key)).sort()).toEqual(['c', 'd']);
  });
});
