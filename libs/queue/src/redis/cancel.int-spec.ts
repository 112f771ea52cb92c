import { claimJobs, decodeHistory, ended, historyText, registerWorker, usePlantedQueue } from '@app/testing';
import { describe, expect, it } from 'vitest';
import { encodeCancelEntry } from '../job/cancel-request.js';
import type { ClaimedJob, Settlement } from '../worker/claim.js';
import { LOST, type WorkerCalls } from '../worker/worker-calls.js';

const ENTRY = encodeCancelEntry({ by: 'ops', reason: 'a "duplicate"\nof 7' });
const SUMMARY = 'cancelled by ops: a "duplicate" of 7';

describe('cancel-waiting', () => {
  const queue = usePlantedQueue(1);
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;

  function cancel(id: string, name = 'low') {
    const { history, dead, deadGroups } = keys();
    const lists = [keys().quarantine(name), keys().parked(name, 'test.noop')];
    const places = [keys().ready(name), keys().scheduled(name), history, dead, deadGroups, ...lists];
    return queue.scripts.runner.run('cancel-waiting', places, [id, ENTRY]);
  }
  const past = async (id: string) => decodeHistory(await redis().hget(keys().history, id));

  it('takes a ready job out: dead, with who wanted it in its trail; the others keep their order', async () => {
    for (const id of ['a', 'b', 'c']) await queue.first.ready(id);

    expect(await cancel('b')).toBe('cancelled');

    expect(await redis().lrange(keys().ready('low'), 0, -1)).toEqual(['c', 'a']);
    const diedAtMs = Number(await redis().zscore(keys().dead, 'b'));
    expect(await past('b')).toEqual({
      dueAtMs: diedAtMs,
      reason: 'cancelled',
      attempts: 0,
      crashes: 0,
      interruptions: 0,
      snoozes: 0,
      trail: [{ atMs: diedAtMs, workerId: '', what: 'cancelled', summary: SUMMARY }],
    });
    expect(await redis().zrange(keys().deadGroups, 0, '-1')).toEqual([
      `cancelled ${String(diedAtMs).padStart(15, '0')} b`,
    ]);
  });

  it('takes a scheduled job out, and one that is to run alone; counters and trail stay', async () => {
    const trail = [{ atMs: 1, workerId: 'w', what: 'error' as const, fingerprint: 'abc', summary: 'boom' }];
    await queue.first.scheduled('later', queue.nowMs + 60_000, { history: { attempts: 2, snoozes: 1, trail } });
    await queue.first.ready('alone');
    await redis().lmove(keys().ready('low'), keys().quarantine('low'), 'LEFT', 'LEFT');

    expect([await cancel('later'), await cancel('alone')]).toEqual(['cancelled', 'cancelled']);

    expect(await redis().exists(keys().scheduled('low'), keys().quarantine('low'))).toBe(0);
    expect(await past('later')).toMatchObject({ reason: 'cancelled', attempts: 2, snoozes: 1 });
    expect((await past('later')).trail.map(({ summary }) => summary)).toEqual(['boom', SUMMARY]);
    expect(await redis().zcard(keys().deadGroups)).toBe(2);
  });

  it('takes a job out that is parked for its breaker; the others keep their order', async () => {
    for (const id of ['a', 'b', 'c']) await queue.first.parked(id);

    expect(await cancel('b')).toBe('cancelled');

    expect(await redis().lrange(keys().parked('low', 'test.noop'), 0, -1)).toEqual(['c', 'a']);
    expect(await past('b')).toMatchObject({ reason: 'cancelled', attempts: 0 });
  });

  it('changes nothing of a job that waits there no longer, nor at a second call', async () => {
    await queue.first.ready('a');
    await cancel('a');
    const before = [await redis().hgetall(keys().history), await redis().zrange(keys().dead, 0, '-1', 'WITHSCORES')];

    expect([await cancel('a'), await cancel('nobody')]).toEqual(['moved', 'moved']);

    expect([await redis().hgetall(keys().history), await redis().zrange(keys().dead, 0, '-1', 'WITHSCORES')]).toEqual(
      before,
    );
  });
});

describe('cancel-running', () => {
  const queue = usePlantedQueue(1);
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;

  function cancel({ jobId, number }: Pick<ClaimedJob, 'jobId' | 'number'>) {
    const places = [keys().processing('w1'), keys().cancels('w1'), keys().nudge('w1')];
    return queue.scripts.runner.run('cancel-running', places, [jobId, String(number), ENTRY]);
  }
  const past = async (id: string) => decodeHistory(await redis().hget(keys().history, id));
  async function claimed(id = 'a'): Promise<[WorkerCalls, ClaimedJob]> {
    const worker = await registerWorker(queue);
    await queue.first.ready(id);
    const [claim] = await claimJobs(worker);
    return [worker, claim!];
  }
  const retry: Settlement = { verb: 'retry', queue: 2, delayMs: 60_000, historyTail: historyText({}).slice(4) };
  const ends: [string, (worker: WorkerCalls, claim: ClaimedJob) => Promise<unknown>][] = [
    ['a failed attempt', (worker, claim) => worker.fail([ended(claim, retry)])],
    ['a postponement', (worker, claim) => worker.fail([ended(claim, { ...retry, verb: 'snooze' })])],
    ['a release', (worker, claim) => worker.release([ended(claim, { verb: 'release', queue: 2 })])],
    ['a drain', (worker) => worker.leave()],
  ];

  it('tells the worker that holds it: one token, and at each heartbeat until the claim has ended', async () => {
    const [worker, claim] = await claimed();

    expect([await cancel(claim), await cancel(claim)]).toEqual(['requested', 'requested']);

    expect(await redis().llen(keys().nudge('w1'))).toBe(1);
    const asked = { jobId: 'a', number: claim.number, summary: SUMMARY };
    expect(await worker.heartbeat()).toMatchObject({ cancels: [asked] });
    expect(await worker.heartbeat()).toMatchObject({ cancels: [asked] });
    await worker.advance([ended(claim, { verb: 'ack', outcomeTail: '1 w1\n' })], 0, 0);
    expect(await worker.heartbeat()).toMatchObject({ cancels: [] });
    expect(await redis().exists(keys().cancels('w1'))).toBe(0);
  });

  it('changes nothing when the worker holds another claim of that id, or none', async () => {
    const [, claim] = await claimed();

    expect(await cancel({ ...claim, number: claim.number - 1 })).toBe('moved');
    expect(await cancel({ ...claim, jobId: 'b' })).toBe('moved');

    expect(await redis().exists(keys().cancels('w1'), keys().nudge('w1'))).toBe(0);
  });

  it.each(ends)('makes %s the end of the job', async (_, end) => {
    const [worker, claim] = await claimed();
    await cancel(claim);

    await end(worker, claim);

    expect(await redis().zrange(keys().dead, 0, '-1')).toEqual(['a']);
    expect(await redis().exists(keys().ready('low'), keys().scheduled('low'))).toBe(0);
    const { reason, trail } = await past('a');
    expect([reason, trail.at(-1)?.summary]).toEqual(['cancelled', SUMMARY]);
    expect(await redis().zrange(keys().deadGroups, 0, '-1')).toEqual([expect.stringMatching(/^cancelled \d{15} a$/)]);
  });

  it('lets a run that completes win', async () => {
    const [worker, claim] = await claimed();
    await cancel(claim);

    await worker.advance([ended(claim, { verb: 'ack', outcomeTail: '1 w1\n' })], 0, 0);

    expect(await redis().lrange(keys().completed, 0, -1)).toEqual(['a']);
    expect(await redis().zcard(keys().dead)).toBe(0);
  });

  it('says nothing about a later claim of the same job', async () => {
    const [worker, first] = await claimed();
    await cancel(first);
    await redis().hset(keys().cancels('w1'), 'b', (await redis().hget(keys().cancels('w1'), 'a'))!);
    await worker.fail([ended(first, retry)]);
    await queue.first.ready('b');
    const [second] = await claimJobs(worker);

    await worker.fail([ended(second!, retry)]);

    expect(await redis().zrange(keys().scheduled('low'), 0, '-1')).toEqual(['b']);
  });

  it('is forgotten with the worker, and leaves nothing behind after a drain', async () => {
    const [worker, claim] = await claimed();
    await cancel(claim);

    await worker.leave();

    expect(await redis().exists(keys().cancels('w1'), keys().worker('w1'))).toBe(0);
    expect(await worker.heartbeat()).toBe(LOST);
  });
});

describe('nudge', () => {
  const queue = usePlantedQueue(1);

  it('leaves one token, for a minute at most', async () => {
    const worker = await registerWorker(queue);

    await worker.nudge();
    await worker.nudge();

    const key = queue.first.keys.nudge('w1');
    expect(await queue.test.redis.llen(key)).toBe(1);
    expect(await queue.test.redis.pttl(key)).toBeGreaterThan(0);
  });
});
