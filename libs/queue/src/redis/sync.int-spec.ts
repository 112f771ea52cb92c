import { claimJobs, ended, registerWorker, usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ClaimedJob } from '../worker/claim.js';
import { LOST, type WorkerCalls } from '../worker/worker-calls.js';

describe('sync', () => {
  const queue = usePlantedQueue(1);
  let worker: WorkerCalls;
  let claims: ClaimedJob[];
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;
  const known = (claim: ClaimedJob, number = claim.number) =>
    ended({ ...claim, number }, { verb: 'release', queue: 1 });

  beforeEach(async () => {
    worker = await registerWorker(queue);
    await queue.first.ready('a', { payload: 'first', history: { attempts: 1 } });
    await queue.first.ready('b');
    claims = await claimJobs(worker, 2);
  });

  it('rule 7: brings every claim that the worker does not know, as advance would have', async () => {
    const found = await worker.sync([]);

    expect(found).toEqual(claims);
  });

  it('rule 7: leaves out what the worker knows', async () => {
    const found = await worker.sync([known(claims[0]!)]);

    expect(found).toEqual([claims[1]]);
  });

  it('rule 7: brings a known id under another claim number', async () => {
    const found = await worker.sync([known(claims[0]!, claims[0]!.number - 1), known(claims[1]!)]);

    expect(found).toEqual([claims[0]]);
  });

  it('rule 7: says the same when it is called again, and moves nothing', async () => {
    const first = await worker.sync([]);

    const second = await worker.sync([]);

    expect(second).toEqual(first);
    expect(await redis().zcard(keys().processing('w1'))).toBe(2);
  });

  it('brings a claim whose record is gone', async () => {
    await redis().hdel(keys().jobs, 'b');

    const found = await worker.sync([known(claims[0]!)]);

    expect(found).toEqual([{ ...claims[1], record: '' }]);
    await redis().zrem(keys().processing('w1'), 'b');
  });

  it('rule 7: answers LOST to a worker that is not registered, or being reaped', async () => {
    await redis().zrem(keys().workers, 'w1');
    const unregistered = await worker.sync([]);
    await queue.first.revoked('w1', queue.nowMs);

    expect(unregistered).toBe(LOST);
    expect(await worker.sync([])).toBe(LOST);
  });
});
