import { claimJobs, ended, registerWorker, usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ClaimedJob, Settlement } from '../worker/claim.js';
import { LOST, type WorkerCalls } from '../worker/worker-calls.js';

const RUN_ID = '0123456789abcdef';

describe('answer', () => {
  const queue = usePlantedQueue(1);
  let worker: WorkerCalls;
  let claims: ClaimedJob[];
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;
  const inAMinute = (): Settlement => answerUntil(queue.nowMs + 60_000);

  beforeEach(async () => {
    worker = await registerWorker(queue);
    for (const id of ['a', 'b']) await queue.first.ready(id, { history: { interruptions: 1 } });
    claims = await claimJobs(worker, 2);
  });

  it('tells when the job was claimed and ended, and keeps nothing of it', async () => {
    const reply = await worker.answer(claims.map((claim) => ended(claim, inAMinute())));

    const { nowMs, gone } = reply as Exclude<typeof reply, typeof LOST>;
    expect(gone.size).toBe(0);
    const answers = (await redis().lrange(keys().bench(RUN_ID), 0, -1)).map((text) => text.split(' '));
    expect(answers.map(([id, number]) => [id, Number(number)])).toEqual(
      claims.map(({ jobId, number }) => [jobId, number]),
    );
    for (const [, , doneMicros] of answers) expect(Math.floor(Number(doneMicros) / 1_000)).toBe(nowMs);
    for (const key of [keys().jobs, keys().history, keys().completed, keys().outcome, keys().processing('w1')])
      expect(await redis().exists(key)).toBe(0);
  });

  it('lets the answers go with the deadline', async () => {
    await worker.answer([ended(claims[0]!, inAMinute())]);

    expect(await redis().pexpiretime(keys().bench(RUN_ID))).toBe(queue.nowMs + 60_000);
  });

  it.each<[string, () => Settlement]>([
    ['after its deadline', () => answerUntil(queue.nowMs - 1)],
    ['that has no address', () => ({ verb: 'answer', address: undefined })],
  ])('forgets a job %s without an answer', async (_, settlement) => {
    await worker.answer(claims.map((claim) => ended(claim, settlement())));

    expect(await redis().exists(keys().bench(RUN_ID), keys().jobs, keys().processing('w1'))).toBe(0);
  });

  it('rule 2: answers gone to another claim number, and to a second call', async () => {
    const late = ended({ ...claims[0]!, number: claims[0]!.number - 1 }, inAMinute());
    const second = ended(claims[1]!, inAMinute());
    await worker.answer([second]);

    const reply = await worker.answer([late, second]);

    expect([...(reply as Exclude<typeof reply, typeof LOST>).gone]).toEqual([late, second]);
    expect(await redis().llen(keys().bench(RUN_ID))).toBe(1);
    expect(await redis().hexists(keys().jobs, 'a')).toBe(1);
  });

  it('refuses a worker that was reaped', async () => {
    await redis().zrem(keys().workers, 'w1');

    expect(await worker.answer([ended(claims[0]!, inAMinute())])).toBe(LOST);
    expect(await redis().hexists(keys().jobs, 'a')).toBe(1);
    await queue.first.worker('w1', queue.nowMs + 60_000); // so that what it holds has a place again
  });
});

function answerUntil(deadlineMs: number): Settlement {
  return { verb: 'answer', address: { runId: RUN_ID, deadlineMs } };
}
