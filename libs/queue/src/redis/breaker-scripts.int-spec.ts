import { claimJobs, decodeHistory, ended, registerWorker, usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeCancelEntry } from '../job/cancel-request.js';
import { decodeBreakers, type StoredBreaker } from '../job/breaker-text.js';
import { DEFAULT_WORKER_OPTIONS } from '../queue.options.js';
import { BreakerCalls } from '../worker/breaker-calls.js';
import type { ClaimedJob } from '../worker/claim.js';
import { LOST, type WorkerCalls } from '../worker/worker-calls.js';

const KIND = 'mail.send';
const WINDOW_MS = 10_000;
const COOLDOWN_MS = 2_000;
const OPTIONS = {
  circuitBreaker: { failureThreshold: 0.5, windowMs: WINDOW_MS, cooldownPeriodMs: COOLDOWN_MS, minSamples: 4 },
};

describe('the breakers that all workers of a partition share', () => {
  const queue = usePlantedQueue(1);
  let calls: BreakerCalls;
  let worker: WorkerCalls;
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;

  beforeEach(async () => {
    const { runner, options } = queue.scripts;
    calls = new BreakerCalls(keys(), runner, options, { ...DEFAULT_WORKER_OPTIONS, ...OPTIONS });
    worker = await registerWorker(queue, OPTIONS);
  });

  const ends = (attempts: number, failures: number, probed = 0) =>
    calls.count([{ kind: KIND, attempts, failures, probed }]);
  const stored = async (): Promise<StoredBreaker | undefined> =>
    decodeBreakers((await redis().hget(keys().control, 'breakers')) ?? '')[0];
  const state = async () => (await stored())?.state ?? 'closed';
  const list = (key: string) => redis().lrange(key, 0, -1);
  const parked = (name = 'low') => list(keys().parked(name, KIND));
  const nowMs = async () => {
    const [seconds = 0, micros = 0] = (await redis().time()).map(Number);
    return seconds * 1_000 + Math.floor(micros / 1_000);
  };

  /** Moves what is stored of time back: for the scripts, so much has passed. */
  async function elapse(ms: number) {
    const text = (await redis().hget(keys().control, 'breakers')) ?? '';
    const back = text.replaceAll(/^(\S+ \S+ \d+) (\d+)/gm, (_, head: string, at) => `${head} ${Number(at) - ms}`);
    await redis().hset(keys().control, 'breakers', back);
    const counts = Object.entries(await redis().hgetall(keys().attempts(KIND)));
    if (counts.length === 0) return;
    const moved = counts.map(([tenth, count]) => [
      tenth.replace(/\d+/, (step) => String(Number(step) - Math.round((10 * ms) / WINDOW_MS))),
      count,
    ]);
    await redis().del(keys().attempts(KIND));
    await redis().hset(keys().attempts(KIND), Object.fromEntries(moved) as Record<string, string>);
  }

  async function claimOne(id: string, name = 'low'): Promise<ClaimedJob> {
    await queue.first.ready(id, { kind: KIND, queue: name });
    return (await claimJobs(worker))[0]!;
  }
  async function park(...claims: Pick<ClaimedJob, 'jobId' | 'number'>[]) {
    const rows = claims.map((claim) => ended(claim, { verb: 'park', queue: 2, kind: KIND }));
    const reply = await worker.park(rows);
    if (reply === LOST) throw new Error('the worker is lost');
    return reply;
  }
  async function probe(by = worker) {
    const reply = await by.claimProbe((await stored())!, true);
    if (reply === LOST) throw new Error('the worker is lost');
    return reply.job;
  }

  describe('count-attempts', () => {
    it('opens for all what several processes told, and not before there are enough attempts', async () => {
      await ends(2, 1);
      expect(await state()).toBe('closed');

      const { nowMs: toldAtMs, breakers } = await ends(2, 1);

      expect(decodeBreakers(breakers)).toEqual([
        {
          kind: KIND,
          state: 'open',
          number: expect.any(Number) as number,
          atMs: toldAtMs + COOLDOWN_MS,
          probe: undefined,
          queues: [],
        },
      ]);
      expect(await redis().exists(keys().attempts(KIND))).toBe(0);
    });

    it('stays closed while fewer fail than may, and when the last ones ended well', async () => {
      await ends(100, 49);
      await ends(10, 0);

      expect(await state()).toBe('closed');
      expect(await redis().hget(keys().control, 'breakers')).toBeNull();
    });

    it('counts what the window holds, and keeps no more', async () => {
      await ends(3, 3);
      await elapse(WINDOW_MS);
      await ends(3, 3);
      expect(await state()).toBe('closed');
      expect(await redis().hlen(keys().attempts(KIND))).toBeLessThanOrEqual(4);

      await elapse(WINDOW_MS / 2);
      await ends(1, 1);

      expect(await state()).toBe('open');
    });

    it('forgets its counts by itself', async () => {
      await ends(1, 1);

      const ttlMs = await redis().pttl(keys().attempts(KIND));
      expect(ttlMs).toBeGreaterThan(WINDOW_MS);
      expect(ttlMs).toBeLessThanOrEqual(1.1 * WINDOW_MS);
    });

    it('does not count for a breaker that is open, and keeps the kinds apart', async () => {
      await ends(4, 4);
      const opened = await stored();

      await ends(50, 50);
      await calls.count([{ kind: 'other.kind', attempts: 3, failures: 3, probed: 0 }]);

      expect(await stored()).toEqual(opened);
      expect(await redis().exists(keys().attempts(KIND))).toBe(0);
    });

    it.each([
      ['closes', 0, 'closed'],
      ['opens for another cooldown', 1, 'open'],
    ])('%s by the end of its probe', async (_, failures, then) => {
      await queue.first.breaker(KIND, 'half-open', { number: 5, queues: ['low'] });
      await queue.first.parked('a', { kind: KIND });

      const { nowMs: toldAtMs } = await ends(1, failures, 5);

      expect(await stored()).toMatchObject({ state: then, atMs: failures ? toldAtMs + COOLDOWN_MS : toldAtMs });
      expect((await stored())!.number).toBeGreaterThan(5);
    });

    it('does not hear the probe of an earlier time', async () => {
      await queue.first.breaker(KIND, 'half-open', { number: 9 });

      await ends(1, 0, 5);
      await ends(1, 1, 5);

      expect(await stored()).toMatchObject({ state: 'half-open', number: 9 });
    });

    it('needs nothing of a breaker that has closed and parked no jobs', async () => {
      await queue.first.breaker(KIND, 'half-open', { number: 9 });

      await ends(1, 0, 9);

      expect(await redis().hexists(keys().control, 'breakers')).toBe(0);
    });
  });

  describe('park', () => {
    it('sets claimed jobs aside as they are, behind those parked before', async () => {
      await queue.first.breaker(KIND, 'open', { atMs: queue.nowMs + 60_000 });
      const claims = [await claimOne('a'), await claimOne('b')];

      const { gone, breakers } = await park(...claims);

      expect(gone.size).toBe(0);
      expect(await parked()).toEqual(['b', 'a']);
      expect(decodeBreakers(breakers)[0]!.queues).toEqual(['low']);
      expect(await redis().exists(keys().processing('w1'), keys().history)).toBe(0);
    });

    it('puts them back to the front of their queue when the breaker has closed meanwhile, with a token', async () => {
      const claim = await claimOne('a');
      await queue.first.ready('later', { kind: KIND });
      await redis().del(keys().wake('low'));

      await park(claim);

      expect(await list(keys().ready('low'))).toEqual(['later', 'a']);
      expect(await redis().llen(keys().wake('low'))).toBe(1);
      expect(await redis().hexists(keys().control, 'breakers')).toBe(0);
    });

    it('leaves no token for a paused queue', async () => {
      const claim = await claimOne('a');
      await redis().hset(keys().paused, 'low', '{}');
      await redis().del(keys().wake('low'));

      await park(claim);

      expect(await redis().exists(keys().wake('low'))).toBe(0);
    });

    it('rule 2: answers gone to another claim number and to a second call, and leaves the job where it is', async () => {
      await queue.first.breaker(KIND, 'open', { atMs: queue.nowMs + 60_000 });
      const claim = await claimOne('a');

      expect((await park({ ...claim, number: claim.number + 1 })).gone.size).toBe(1);
      expect(await redis().zscore(keys().processing('w1'), 'a')).toBe(String(claim.number));
      expect((await park(claim)).gone.size).toBe(0);
      expect((await park(claim)).gone.size).toBe(1);
      expect(await parked()).toEqual(['a']);
    });

    it('rule 12: answers LOST to a worker that was reaped', async () => {
      const claim = await claimOne('a');
      await redis().zrem(keys().workers, 'w1');

      expect(await worker.park([ended(claim, { verb: 'park', queue: 2, kind: KIND })])).toBe(LOST);
    });

    it('a job that somebody asked to end is dead in place of that', async () => {
      await queue.first.breaker(KIND, 'open', { atMs: queue.nowMs + 60_000 });
      const claim = await claimOne('a');
      await redis().hset(keys().cancels('w1'), 'a', `${claim.number} ${encodeCancelEntry({ by: 'ops', reason: 'x' })}`);

      await park(claim);

      expect(await redis().zscore(keys().dead, 'a')).not.toBeNull();
      expect(decodeHistory(await redis().hget(keys().history, 'a'))).toMatchObject({
        reason: 'cancelled',
        attempts: 0,
      });
      expect(await parked()).toEqual([]);
    });
  });

  describe('claim-probe', () => {
    beforeEach(async () => {
      await queue.first.breaker(KIND, 'open', { atMs: queue.nowMs, queues: ['high', 'low'] });
      await queue.first.parked('a', { kind: KIND, payload: 7 });
      await queue.first.parked('b', { kind: KIND });
    });

    it('gives the job parked longest under a new claim number, once the cooldown is over', async () => {
      await queue.first.breaker(KIND, 'open', { atMs: queue.nowMs + 60_000, queues: ['low'] });
      expect(await probe()).toBeUndefined();
      await elapse(60_000);

      const job = await probe();

      expect(job).toMatchObject({ jobId: 'a', record: expect.stringContaining('"payload":7'), history: '' });
      expect(await redis().zscore(keys().processing('w1'), 'a')).toBe(String(job!.number));
      expect(await redis().hget(keys().control, 'claim')).toBe(String(job!.number));
      expect(await stored()).toMatchObject({ state: 'half-open', probe: { workerId: 'w1', claim: job!.number } });
      expect(await parked()).toEqual(['b']);
    });

    it('takes the queues in the order of the caller, and nothing of a paused one', async () => {
      await queue.first.parked('first', { kind: KIND, queue: 'high' });
      await redis().hset(keys().paused, 'high', '{}');

      expect(await probe()).toMatchObject({ jobId: 'a' });
      await worker.release([ended((await claimedBy('w1'))[0]!, { verb: 'release', queue: 2 })]);
      await redis().del(keys().paused);

      expect(await probe()).toMatchObject({ jobId: 'first' });
    });

    it('gives nobody a second one while the first is held, and anybody the next when it is not', async () => {
      const other = await registerWorker(queue, { ...OPTIONS, workerId: 'w2' });
      const [first] = [await probe()];

      expect(await probe(other)).toBeUndefined();
      expect(await probe(worker)).toBeUndefined();
      const { number } = (await stored())!;
      await worker.release([ended(first!, { verb: 'release', queue: 2 })]);

      expect(await probe(other)).toMatchObject({ jobId: 'b' });
      expect(await stored()).toMatchObject({ state: 'half-open', number, probe: { workerId: 'w2' } });
    });

    it('gives the next one when the worker of the first is lost', async () => {
      const other = await registerWorker(queue, { ...OPTIONS, workerId: 'w2' });
      await probe();
      await redis().zrem(keys().workers, 'w1');
      await queue.first.revoked('w1', queue.nowMs);
      expect(await probe(other)).toBeUndefined();
      await redis().lpush(keys().ready('low'), 'a'); // as a reaper does
      await redis().zrem(keys().processing('w1'), 'a');

      expect(await probe(other)).toMatchObject({ jobId: 'b' });
    });

    it('does not go by a prober that the caller has heard of long ago', async () => {
      const long = (await stored())!;
      const first = await probe();
      await worker.release([ended(first!, { verb: 'release', queue: 2 })]);

      const reply = await worker.claimProbe(long, true);

      if (reply === LOST) throw new Error('the worker is lost');
      expect(reply.job).toBeUndefined();
      expect(decodeBreakers(reply.breakers)[0]!.probe).toMatchObject({ claim: first!.number });
    });

    it('waits half-open for a job to try, and closes when none comes for a window', async () => {
      await redis().del(keys().parked('low', KIND));
      await redis().hdel(keys().jobs, 'a', 'b');
      await queue.first.breaker(KIND, 'open', { atMs: queue.nowMs });

      expect(await probe()).toBeUndefined();
      expect(await state()).toBe('half-open');
      await elapse(WINDOW_MS - 1_000);
      expect(await probe()).toBeUndefined();
      expect(await state()).toBe('half-open');
      await elapse(1_000);
      expect(await probe()).toBeUndefined();
      expect(await state()).toBe('closed');
    });

    it('lets a worker without a handler try nothing, but close what nobody has tried for a window', async () => {
      const ask = async () => worker.claimProbe((await stored())!, false);

      expect(await ask()).not.toHaveProperty('job');
      expect(await state()).toBe('open');
      await elapse(WINDOW_MS);
      expect(await ask()).not.toHaveProperty('job');

      expect(await stored()).toMatchObject({ state: 'closed', queues: ['high', 'low'] });
      expect(await parked()).toEqual(['b', 'a']);
    });

    it('answers LOST to a worker that was reaped, and nothing about a kind that is closed', async () => {
      const breaker = (await stored())!;
      await redis().hdel(keys().control, 'breakers');

      expect(await worker.claimProbe(breaker, true)).toEqual({ nowMs: expect.any(Number) as number, breakers: '' });
      await redis().zrem(keys().workers, 'w1');
      expect(await worker.claimProbe(breaker, true)).toBe(LOST);
    });

    async function claimedBy(workerId: string) {
      const held = await redis().zrange(keys().processing(workerId), 0, '-1', 'WITHSCORES');
      return [{ jobId: held[0]!, number: Number(held[1]) }];
    }
  });

  describe('unpark', () => {
    const unpark = async (name = 'low') => (await calls.unpark(name, KIND)).count;

    async function plant(count: number) {
      for (let at = 1; at <= count; at++) await queue.first.parked(`p-${at}`, { kind: KIND });
      await queue.first.ready('later', { kind: KIND });
    }

    it('gives parked jobs back to the front of their queue, in their order, with a token', async () => {
      await plant(3);
      await queue.first.breaker(KIND, 'closed', { queues: ['low'] });

      expect(await unpark()).toBe(3);

      expect(await list(keys().ready('low'))).toEqual(['later', 'p-3', 'p-2', 'p-1']);
      expect(await redis().llen(keys().wake('low'))).toBe(1);
      expect(await redis().hexists(keys().control, 'breakers')).toBe(0);
    });

    it('gives the next ones when workers have taken the first ones, and not before', async () => {
      await plant(501);
      await queue.first.breaker(KIND, 'closed', { queues: ['low'] });

      expect([await unpark(), await unpark()]).toEqual([500, 0]);
      await worker.advance([], 499, 0);
      expect(await unpark()).toBe(0);
      await worker.advance([], 1, 0);

      expect(await unpark()).toBe(1);
      expect(await list(keys().ready('low'))).toEqual(['later', 'p-501']);
      expect(await state()).toBe('closed');
      expect(await stored()).toBeUndefined();
    });

    it.each(['open', 'half-open'] as const)('gives nothing back while the breaker is %s', async (name) => {
      await plant(1);
      await queue.first.breaker(KIND, name, { queues: ['low'] });

      expect(await unpark()).toBe(0);

      expect(await parked()).toEqual(['p-1']);
    });

    it('leaves no token for a paused queue, which holds the jobs', async () => {
      await plant(1);
      await queue.first.breaker(KIND, 'closed', { queues: ['low'] });
      await redis().hset(keys().paused, 'low', '{}');

      expect(await unpark()).toBe(1);

      expect(await redis().exists(keys().wake('low'))).toBe(0);
      expect(await list(keys().ready('low'))).toEqual(['later', 'p-1']);
    });

    it('gives back what no breaker names, and forgets one whose lists are empty', async () => {
      await plant(1);
      expect(await unpark()).toBe(1);
      await queue.first.breaker(KIND, 'closed', { queues: ['high'] });

      expect(await unpark('high')).toBe(0);

      expect(await redis().hexists(keys().control, 'breakers')).toBe(0);
    });

    it('goes on with what is open when an old one still has jobs', async () => {
      await plant(1);
      await queue.first.breaker(KIND, 'closed', { queues: ['low'] });

      await ends(4, 4);

      expect(await stored()).toMatchObject({ state: 'open', queues: ['low'] });
      expect(await unpark()).toBe(0);
    });
  });

  it('advance and heartbeat tell what is kept, in the reply that they give anyway', async () => {
    await queue.first.breaker(KIND, 'open', { number: 7, atMs: await nowMs() });
    const text = await redis().hget(keys().control, 'breakers');

    expect(await worker.advance([], 1, 0)).toMatchObject({ breakers: text });
    expect(await worker.advance([], 0, 0)).toMatchObject({ breakers: undefined });
    expect(await worker.heartbeat()).toMatchObject({ breakers: text });
  });

  it('the first quarantined jobs are named without those whose kind must wait', async () => {
    await queue.first.quarantined('other', { kind: 'other.kind' });
    await queue.first.quarantined('waits', { kind: KIND });
    const { paused, control, jobs } = keys();
    const look = () =>
      queue.scripts.runner.run('read-quarantine', [paused, control, jobs, keys().quarantine('low')], ['8', 'low']);

    expect(await look()).toEqual([['other', 'waits']]);
    await queue.first.breaker(KIND, 'open');
    expect(await look()).toEqual([['other']]);
    await queue.first.breaker(KIND, 'closed', { queues: ['low'] });
    expect(await look()).toEqual([['other', 'waits']]);
  });
});
