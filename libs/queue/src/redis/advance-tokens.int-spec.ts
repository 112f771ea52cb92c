import { registerWorker, usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { LOST, type WorkerCalls } from '../worker/worker-calls.js';

describe('advance: what is due, what is paused, and the tokens it leaves', () => {
  const queue = usePlantedQueue(1);
  let worker: WorkerCalls;
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;

  beforeEach(async () => {
    worker = await registerWorker(queue);
  });

  async function claim(wanted: number) {
    const reply = await worker.advance([], wanted, 0);
    if (reply === LOST) throw new Error('the worker is lost');
    return reply;
  }

  async function tokens() {
    const lists = ['high', 'low'].flatMap((name) => [keys().wake(name), keys().timer(name)]);
    const lengths = await Promise.all(lists.map((list) => redis().llen(list)));
    const [wakeHigh, timerHigh, wakeLow, timerLow] = lengths;
    return { wakeHigh, timerHigh, wakeLow, timerLow };
  }

  it('promotes what is due by the Redis clock and claims it in the same call', async () => {
    await queue.first.scheduled('due', queue.nowMs - 1);
    await queue.first.scheduled('later', queue.nowMs + 60_000);

    const { jobs } = await claim(5);

    expect(jobs.map(({ jobId }) => jobId)).toEqual(['due']);
    expect(await redis().zrange(keys().scheduled('low'), 0, '-1')).toEqual(['later']);
  });

  it('promotes a hundred a queue at the most, the earliest first, and leaves a token for the rest', async () => {
    for (let at = 0; at < 103; at++) await queue.first.scheduled(`job-${at}`, at + 1);

    const { jobs } = await claim(200);

    expect(jobs.map(({ jobId }) => jobId)).toEqual(Array.from({ length: 100 }, (_, at) => `job-${at}`));
    expect(await tokens()).toMatchObject({ wakeLow: 1 });
  });

  it('rule 23: leaves a token when it promotes a job that nobody claims', async () => {
    await queue.first.scheduled('due', queue.nowMs - 1);

    await claim(0);

    expect(await tokens()).toEqual({ wakeHigh: 0, timerHigh: 0, wakeLow: 1, timerLow: 0 });
  });

  it('rule 24: leaves one token for each queue with work, whether it claimed from it or not', async () => {
    for (const id of ['a', 'b']) await queue.first.ready(id, { queue: 'high' });
    await queue.first.ready('c');

    await claim(1);
    await claim(0);

    expect(await tokens()).toEqual({ wakeHigh: 1, timerHigh: 0, wakeLow: 1, timerLow: 0 });
  });

  it('rule 24: leaves none for a queue it emptied', async () => {
    await queue.first.ready('a');

    await claim(5);

    expect(await tokens()).toMatchObject({ wakeLow: 0 });
  });

  it('rule 24: claims nothing from a paused queue and leaves no token for it', async () => {
    await redis().hset(keys().paused, 'low', '{}');
    await queue.first.ready('a');
    await queue.first.scheduled('due', queue.nowMs - 1);
    await queue.first.ready('b', { queue: 'high' });

    const { jobs } = await claim(5);

    expect(jobs.map(({ jobId }) => jobId)).toEqual(['b']);
    expect(await tokens()).toMatchObject({ wakeHigh: 0, wakeLow: 0 });
  });

  it('rule 26: leaves a timer token when its caller has no slot left and something is scheduled', async () => {
    await queue.first.ready('a');
    await queue.first.scheduled('later', queue.nowMs + 60_000);

    await claim(1);

    expect(await tokens()).toMatchObject({ timerHigh: 0, timerLow: 1 });
  });

  it('rule 26: leaves no timer token when its caller waits itself', async () => {
    await queue.first.scheduled('later', queue.nowMs + 60_000);

    await claim(1);

    expect(await tokens()).toMatchObject({ timerLow: 0 });
  });

  it('rule 27: says when the next job of all queues served is due', async () => {
    await queue.first.scheduled('later', queue.nowMs + 60_000);
    await queue.first.scheduled('sooner', queue.nowMs + 30_000, { queue: 'high' });

    const { nextDueMs, nowMs } = await claim(1);

    expect(nextDueMs).toBe(queue.nowMs + 30_000);
    expect(nowMs).toBeGreaterThanOrEqual(queue.nowMs);
  });

  it('rule 27: names no time when nothing is scheduled', async () => {
    const { nextDueMs } = await claim(1);

    expect(nextDueMs).toBeUndefined();
  });
});
