import { claimJobs, decodeHistory, ended, registerWorker, usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ClaimedJob, Settlement } from '../worker/claim.js';
import { LOST, type WorkerCalls } from '../worker/worker-calls.js';

const FAILURE = { fingerprint: 'f00d', json: '{"errorClass":"Error"}' };
/** Queues served are high (1) and low (2). */
const RETRY: Settlement = {
  verb: 'retry',
  queue: 2,
  delayMs: 60_000,
  historyTail: '- 1 0 0 0\n[]',
  failure: FAILURE,
};
const BURY: Settlement = {
  verb: 'bury',
  queue: 2,
  delayMs: 0,
  historyTail: 'retries-exhausted 4 0 0 0\n[]',
  failure: FAILURE,
};

describe('fail', () => {
  const queue = usePlantedQueue(1);
  let worker: WorkerCalls;
  let claim: ClaimedJob;
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;

  beforeEach(async () => {
    worker = await registerWorker(queue);
    await queue.first.ready('a');
    [claim] = (await claimJobs(worker)) as [ClaimedJob];
    await redis().del(keys().timer('low'));
  });

  async function fail(...claims: Parameters<WorkerCalls['fail']>[0]) {
    const reply = await worker.fail(claims);
    if (reply === LOST) throw new Error('the worker is lost');
    return reply;
  }
  const history = async (id: string) => decodeHistory(await redis().hget(keys().history, id));

  it('schedules a retry so much later on the Redis clock, with its history', async () => {
    const { nowMs, gone } = await fail(ended(claim, RETRY));

    expect(gone.size).toBe(0);
    expect(await redis().zscore(keys().scheduled('low'), 'a')).toBe(String(nowMs + 60_000));
    expect(await history('a')).toMatchObject({ attempts: 1, dueAtMs: nowMs + 60_000 });
    expect(await redis().zcard(keys().processing('w1'))).toBe(0);
  });

  it('buries with the time of death and the reason', async () => {
    const { nowMs } = await fail(ended(claim, BURY));

    expect(await redis().zscore(keys().dead, 'a')).toBe(String(nowMs));
    expect(await history('a')).toMatchObject({ reason: 'retries-exhausted', attempts: 4 });
  });

  it('rule 2: answers gone to another claim number, and leaves the job where it is', async () => {
    const late = ended({ ...claim, number: claim.number + 1 }, BURY);

    const { gone } = await fail(late);

    expect([...gone]).toEqual([late]);
    expect(await redis().zscore(keys().processing('w1'), 'a')).toBe(String(claim.number));
    expect(await redis().exists(keys().dead, keys().history)).toBe(0);
  });

  it('rule 2: answers gone to a second call, which does not hit the next claim of the same job', async () => {
    const first = ended(claim, { ...RETRY, delayMs: 0 });
    await fail(first);
    const [second] = await claimJobs(worker);

    const { gone } = await fail(first);

    expect([...gone]).toEqual([first]);
    expect(await redis().zscore(keys().processing('w1'), 'a')).toBe(String(second?.number));
  });

  it('rule 2: refuses a settle from a worker that is not registered', async () => {
    await redis().zrem(keys().workers, 'w1');

    expect(await worker.fail([ended(claim, BURY)])).toBe(LOST);

    expect(await redis().exists(keys().dead, keys().failures)).toBe(0);
  });

  it('rule 12: refuses a settle from a worker that is being reaped', async () => {
    await redis().zrem(keys().workers, 'w1');
    await queue.first.revoked('w1', queue.nowMs);

    expect(await worker.fail([ended(claim, RETRY)])).toBe(LOST);

    expect(await redis().zscore(keys().processing('w1'), 'a')).toBe(String(claim.number));
  });

  it('takes the good rows of a batch and names the others', async () => {
    await queue.first.ready('b');
    const [other] = await claimJobs(worker);
    const bad = ended({ jobId: 'unheard-of', number: 7 }, RETRY);

    const { gone } = await fail(ended(claim, RETRY), bad, ended(other!, BURY));

    expect([...gone]).toEqual([bad]);
    expect(await redis().zrange(keys().scheduled('low'), 0, '-1')).toEqual(['a']);
    expect(await redis().zrange(keys().dead, 0, '-1')).toEqual(['b']);
  });

  it('stores an error once a fingerprint, and counts it', async () => {
    for (const id of ['b', 'c']) await queue.first.ready(id);
    const others = await claimJobs(worker, 2);

    const { nowMs } = await fail(ended(claim, RETRY));
    const last = await fail(...others.map((other) => ended(other, BURY)));

    expect(await redis().hgetall(keys().failures)).toEqual({
      f00d: `3 ${nowMs} ${last.nowMs}\n{"errorClass":"Error"}`,
    });
  });

  it('keeps no more different errors than it may, and settles the job all the same', async () => {
    await redis().hset(keys().failures, 'known', '1 1 1\n{}');
    const { workers, history: past, failures, dead, deadGroups } = keys();
    const args = ['w1', '1', '1', 'new', '{}', 'a', String(claim.number), '0', '0', 'timeout 1 0 0 0\n[]', '1'];

    await queue.scripts.runner.run(
      'fail',
      [
        workers,
        keys().processing('w1'),
        past,
        failures,
        dead,
        deadGroups,
        keys().scheduled('low'),
        keys().timer('low'),
      ],
      args,
    );

    expect(await redis().hkeys(failures)).toEqual(['known']);
    expect(await redis().zcard(dead)).toBe(1);
  });

  it('rule 26: leaves a timer token when the job is due before all others', async () => {
    await queue.first.scheduled('later', queue.nowMs + 600_000);

    await fail(ended(claim, RETRY));

    expect(await redis().llen(keys().timer('low'))).toBe(1);
  });

  it('rule 26: leaves none when another job is due first', async () => {
    await queue.first.scheduled('sooner', queue.nowMs + 1_000);

    await fail(ended(claim, RETRY));

    expect(await redis().llen(keys().timer('low'))).toBe(0);
  });
});
