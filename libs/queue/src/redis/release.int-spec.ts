import { claimJobs, decodeHistory, ended, registerWorker, usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ClaimedJob, Settlement } from '../worker/claim.js';
import { LOST, type WorkerCalls } from '../worker/worker-calls.js';

/** Queues served are high (1) and low (2). */
const RELEASE: Settlement = { verb: 'release', queue: 2 };

describe('release', () => {
  const queue = usePlantedQueue(1);
  let worker: WorkerCalls;
  let claim: ClaimedJob;
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;

  beforeEach(async () => {
    worker = await registerWorker(queue);
    for (const id of ['a', 'b']) await queue.first.ready(id, { history: { attempts: 1, interruptions: 2 } });
    [claim] = (await claimJobs(worker)) as [ClaimedJob];
    await redis().del(keys().wake('low'));
  });

  async function release(...claims: Parameters<WorkerCalls['release']>[0]) {
    const reply = await worker.release(claims);
    if (reply === LOST) throw new Error('the worker is lost');
    return reply;
  }

  it('gives the job back to the front of its queue: one interruption more, no attempt used', async () => {
    const { gone, nowMs } = await release(ended(claim, RELEASE));

    expect(gone.size).toBe(0);
    expect(await redis().lrange(keys().ready('low'), 0, -1)).toEqual(['b', 'a']);
    expect(decodeHistory(await redis().hget(keys().history, 'a'))).toMatchObject({
      attempts: 1,
      interruptions: 3,
      dueAtMs: nowMs,
    });
  });

  it('gives a job without a history its first interruption', async () => {
    await redis().hdel(keys().history, 'a');

    await release(ended(claim, RELEASE));

    expect(decodeHistory(await redis().hget(keys().history, 'a'))).toMatchObject({ attempts: 0, interruptions: 1 });
  });

  it('rule 2: answers gone to another claim number, and leaves the job where it is', async () => {
    const late = ended({ ...claim, number: claim.number - 1 }, RELEASE);

    const { gone } = await release(late);

    expect([...gone]).toEqual([late]);
    expect(await redis().zscore(keys().processing('w1'), 'a')).toBe(String(claim.number));
  });

  it('rule 2: answers gone to a second call, and gives the job back once', async () => {
    await release(ended(claim, RELEASE));

    const { gone } = await release(ended(claim, RELEASE));

    expect(gone.size).toBe(1);
    expect(await redis().llen(keys().ready('low'))).toBe(2);
    expect(decodeHistory(await redis().hget(keys().history, 'a')).interruptions).toBe(3);
  });

  it('rule 2: refuses a settle from a worker that is not registered', async () => {
    await redis().zrem(keys().workers, 'w1');

    expect(await worker.release([ended(claim, RELEASE)])).toBe(LOST);

    expect(await redis().llen(keys().ready('low'))).toBe(1);
  });

  it('rule 12: refuses a settle from a worker that is being reaped', async () => {
    await redis().zrem(keys().workers, 'w1');
    await queue.first.revoked('w1', queue.nowMs);

    expect(await worker.release([ended(claim, RELEASE)])).toBe(LOST);

    expect(await redis().zcard(keys().processing('w1'))).toBe(1);
  });

  it('rule 23: leaves one token for the queue it gave a job to', async () => {
    await release(ended(claim, RELEASE));

    expect(await redis().llen(keys().wake('low'))).toBe(1);
    expect(await redis().llen(keys().wake('high'))).toBe(0);
  });

  it('rule 23: leaves none for a paused queue', async () => {
    await redis().hset(keys().paused, 'low', '{}');

    await release(ended(claim, RELEASE));

    expect(await redis().llen(keys().wake('low'))).toBe(0);
  });
});
