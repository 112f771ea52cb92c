import { claimJobs, decodeHistory, historyText, registerWorker, usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { LOST, type WorkerCalls } from '../worker/worker-calls.js';

const SOLO = 'w1-solo';

describe('the quarantine of a queue', () => {
  const queue = usePlantedQueue(1);
  let solo: WorkerCalls;
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;
  const waiting = () => redis().lrange(keys().quarantine('low'), 0, -1);
  const run: typeof queue.scripts.runner.run = (...args) => queue.scripts.runner.run(...args);

  beforeEach(async () => {
    solo = await registerWorker(queue, { workerId: SOLO });
  });

  describe('claim-quarantined', () => {
    it('rule 19: gives the one job that was asked for, with record and history, under a new claim number', async () => {
      await queue.first.quarantined('other');
      await queue.first.quarantined('wanted', { payload: 7 });
      await queue.first.quarantined('next');

      const claimed = await solo.claimQuarantined('low', 'wanted');

      if (claimed === LOST || !claimed) throw new Error('not claimed');
      expect(claimed).toMatchObject({ jobId: 'wanted', record: expect.stringContaining('"payload":7') });
      expect(decodeHistory(claimed.history).crashes).toBe(2);
      expect(await redis().zscore(keys().processing(SOLO), 'wanted')).toBe(String(claimed.number));
      expect(await redis().hget(keys().control, 'claim')).toBe(String(claimed.number));
      expect(await waiting()).toEqual(['other', 'next']);
    });

    it('rule 1: goes on from the last claim number', async () => {
      const last = (queue.nowMs + 3_600_000) * 1_000;
      await redis().hset(keys().control, 'claim', last);
      await queue.first.quarantined('a');

      expect(await solo.claimQuarantined('low', 'a')).toMatchObject({ number: last + 1 });
    });

    it('rule 19: gives a worker that holds a job no other one, nor the same again', async () => {
      await queue.first.quarantined('b');
      await queue.first.quarantined('a');
      await solo.claimQuarantined('low', 'a');

      expect(await solo.claimQuarantined('low', 'b')).toBeUndefined();
      expect(await solo.claimQuarantined('low', 'a')).toBeUndefined();
      expect(await waiting()).toEqual(['b']);
    });

    it('gives nothing of a paused queue, nothing that is not there, and nothing to a lost worker', async () => {
      await queue.first.quarantined('a');
      await queue.first.ready('ready');
      await redis().hset(keys().paused, 'low', '{}');

      expect(await solo.claimQuarantined('low', 'a')).toBeUndefined();
      await redis().del(keys().paused);
      expect(await solo.claimQuarantined('low', 'ready')).toBeUndefined();
      await redis().zrem(keys().workers, SOLO);
      expect(await solo.claimQuarantined('low', 'a')).toBe(LOST);
      expect(await waiting()).toEqual(['a']);
    });
  });

  it('rule 18: what a process that ran a job alone gives back goes to the front of the quarantine', async () => {
    await queue.first.quarantined('waits');
    await queue.first.quarantined('a');
    await solo.claimQuarantined('low', 'a');

    expect(await solo.leave()).toEqual(['a']);

    expect(await waiting()).toEqual(['waits', 'a']);
    expect(decodeHistory(await redis().hget(keys().history, 'a'))).toMatchObject({ crashes: 2, interruptions: 1 });
  });

  it('read-quarantine names the next ones of each queue that is not paused', async () => {
    for (const id of ['c', 'b', 'a']) await queue.first.quarantined(id);
    await queue.first.quarantined('paused', { queue: 'high' });
    await redis().hset(keys().paused, 'high', '{}');
    const { paused, control, jobs } = keys();
    const places = [paused, control, jobs, keys().quarantine('high'), keys().quarantine('low')];

    expect(await run('read-quarantine', places, ['2', 'high', 'low'])).toEqual([[], ['b', 'a']]);
  });

  describe('end-solo', () => {
    const tail = historyText({ crashes: 3 }).slice('1 0 '.length);
    const lostTail = historyText({ crashes: 3, reason: 'worker-lost' }).slice('1 0 '.length);

    const end = (jobId: string, number: number, verb = 'alone', past = tail) =>
      run(
        'end-solo',
        [
          keys().workers,
          keys().processing(SOLO),
          keys().worker(SOLO),
          keys().cancels(SOLO),
          keys().history,
          keys().dead,
          keys().deadGroups,
          keys().quarantine('low'),
        ],
        [SOLO, jobId, String(number), verb, past],
      );

    async function claimed(id = 'a'): Promise<number> {
      await queue.first.quarantined(id);
      const claim = await solo.claimQuarantined('low', id);
      if (claim === LOST || !claim) throw new Error('not claimed');
      return claim.number;
    }

    it('rule 20: sends the job back to the front of the quarantine, and ends the registration', async () => {
      const number = await claimed();
      await queue.first.quarantined('waits');

      expect(await end('a', number)).toBe('moved');

      expect(await waiting()).toEqual(['waits', 'a']);
      expect(decodeHistory(await redis().hget(keys().history, 'a')).crashes).toBe(3);
      expect(await redis().exists(keys().processing(SOLO), keys().worker(SOLO), keys().workers)).toBe(0);
    });

    it('rule 20: buries the job with its history, among the dead of its group', async () => {
      const number = await claimed();

      expect(await end('a', number, 'bury', lostTail)).toBe('moved');

      const diedAt = await redis().zscore(keys().dead, 'a');
      expect(Number(diedAt)).toBeGreaterThanOrEqual(queue.nowMs);
      expect(decodeHistory(await redis().hget(keys().history, 'a'))).toMatchObject({ reason: 'worker-lost' });
      expect(await redis().zrange(keys().deadGroups, 0, '-1')).toEqual([`worker-lost ${diedAt?.padStart(15, '0')} a`]);
    });

    it('rule 2: changes nothing under another claim number, and is done when it is sent twice', async () => {
      const number = await claimed();

      expect(await end('a', number + 1)).toBe('gone');
      expect(await redis().zcard(keys().processing(SOLO))).toBe(1);
      expect(await end('a', number)).toBe('moved');
      expect(await end('a', number)).toBe('LOST');
    });

    it('rule 12: leaves the job to the reaper that was faster', async () => {
      const number = await claimed();
      await redis().zrem(keys().workers, SOLO);

      expect(await end('a', number)).toBe('LOST');

      expect(await redis().zcard(keys().processing(SOLO))).toBe(1);
      await queue.first.worker(SOLO, 1);
    });

    it('ends the registration of a process that held nothing', async () => {
      expect(await end('', 0)).toBe('gone');
      expect(await redis().exists(keys().workers)).toBe(0);
    });

    it('a cancel that was asked for while the job ran wins over another run', async () => {
      const number = await claimed();
      await redis().hset(keys().cancels(SOLO), 'a', `${number} "workerId":"","what":"cancelled","summary":"by me"}`);

      expect(await end('a', number)).toBe('cancelled');

      expect(await redis().zrange(keys().dead, 0, '-1')).toEqual(['a']);
      expect(decodeHistory(await redis().hget(keys().history, 'a'))).toMatchObject({
        reason: 'cancelled',
        trail: [{ what: 'cancelled', summary: 'by me' }],
      });
    });
  });

  it('nobody claims a quarantined job among others', async () => {
    await queue.first.quarantined('a');
    const worker = await registerWorker(queue, { workerId: 'w2' });

    await expect(claimJobs(worker)).rejects.toThrow('claimed less than 1');
  });
});
