import { claimJobs, decodeHistory, registerWorker, usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { QueueEventMap } from '../events/queue-events.js';
import { LOST, type WorkerCalls } from '../worker/worker-calls.js';
import { Reaper } from './reaper.service.js';

const LEASE_MS = 30_000;

describe('Reaper', () => {
  const queue = usePlantedQueue(1);
  let worker: WorkerCalls;
  let recovered: QueueEventMap['job.recovered'][];
  const redis = () => queue.test.redis;
  const keys = () => queue.first.keys;
  const newReaper = () => new Reaper(queue.scripts.options, queue.scripts.runner, queue.scripts.events);
  const history = async (id: string) => decodeHistory(await redis().hget(keys().history, id));

  beforeEach(async () => {
    worker = await registerWorker(queue);
    recovered = [];
    queue.scripts.events.on('job.recovered', (event) => recovered.push(event));
    await redis().hset(keys().control, 'sweep', queue.nowMs);
  });

  const expireLease = () => redis().zadd(keys().workers, 1, 'w1');

  it('rule 12: gives the jobs of a lost worker back, one crash each, to the front of their queues', async () => {
    for (const id of ['a', 'b']) await queue.first.ready(id);
    await queue.first.ready('urgent', { queue: 'high' });
    await claimJobs(worker, 2);
    await expireLease();

    await newReaper().sweep(0, LEASE_MS);

    expect(await redis().lrange(keys().ready('low'), 0, -1)).toEqual(['b', 'a']);
    expect(await redis().lrange(keys().ready('high'), 0, -1)).toEqual(['urgent']);
    expect(await history('a')).toMatchObject({ crashes: 1, attempts: 0, trail: [{ what: 'crash', workerId: 'w1' }] });
    expect(recovered.map(({ jobId }) => jobId).sort()).toEqual(['a', 'urgent']);
    expect(await worker.heartbeat()).toBe(LOST);
  });

  it('rule 18: sends a job that crashed before to quarantine, however often it did in company', async () => {
    await queue.first.ready('a', { history: { crashes: 1 } });
    await queue.first.ready('b', { history: { crashes: 40 } });
    await claimJobs(worker, 2);
    await expireLease();

    await newReaper().sweep(0, LEASE_MS, { maxCrashes: 3, canRunAlone: true });

    expect((await redis().lrange(keys().quarantine('low'), 0, -1)).sort()).toEqual(['a', 'b']);
    expect(await history('b')).toMatchObject({ crashes: 41, trail: [{ what: 'crash' }] });
    expect(Object.fromEntries(recovered.map(({ jobId, crashes }) => [jobId, crashes]))).toEqual({ a: 2, b: 41 });
  });

  it('rule 20: counts a process that nobody saw end, and buries its job at the last one', async () => {
    const dead: QueueEventMap['job.dead'][] = [];
    queue.scripts.events.on('job.dead', (event) => dead.push(event));
    const soloCrash = { atMs: 1, workerId: 'x-solo', what: 'solo-crash' as const, summary: '' };
    for (const [id, trail] of Object.entries({ first: [], last: [soloCrash, soloCrash] })) {
      await queue.first.worker(`${id}-solo`, 1);
      await queue.first.processing(id, `${id}-solo`, 1, { history: { crashes: 2 + trail.length, trail } });
    }

    await newReaper().sweep(0, LEASE_MS, { maxCrashes: 3, canRunAlone: true });

    expect(await redis().lrange(keys().quarantine('low'), 0, -1)).toEqual(['first']);
    expect(await redis().zrange(keys().dead, 0, '-1')).toEqual(['last']);
    expect(await history('last')).toMatchObject({ reason: 'worker-lost', crashes: 5 });
    expect((await history('last')).trail.at(-1)?.summary).toBe('alone in its process: lost, nobody saw its end');
    expect(dead).toMatchObject([{ jobId: 'last', reason: 'worker-lost', workerId: 'last-solo' }]);
  });

  it('without a way to run jobs alone, lets one that crashed before wait, and never buries it for crashes', async () => {
    await queue.first.ready('a', { history: { crashes: 40 } });
    await claimJobs(worker);
    await expireLease();

    await newReaper().sweep(0, LEASE_MS);

    const due = Number(await redis().zscore(keys().scheduled('low'), 'a'));
    expect(due).toBeGreaterThan(queue.nowMs + 149_000);
    expect(await history('a')).toMatchObject({ crashes: 41, dueAtMs: due });
  });

  it('rule 12: finishes what a reaper that died left behind', async () => {
    await queue.first.revoked('dead-reapers-worker', queue.nowMs);
    await queue.first.processing('a', 'dead-reapers-worker', 1);

    await newReaper().sweep(0, LEASE_MS);

    expect(await redis().lrange(keys().ready('low'), 0, -1)).toEqual(['a']);
    expect(await redis().zcard(keys().revoked)).toBe(0);
  });

  it('rule 12: many reapers at once move each job once', async () => {
    const ids = Array.from({ length: 250 }, (_, at) => `job-${at}`);
    for (const [at, id] of ids.entries()) await queue.first.processing(id, 'w1', at + 1);
    await expireLease();

    await Promise.all(Array.from({ length: 5 }, () => newReaper().sweep(0, LEASE_MS)));

    expect((await redis().lrange(keys().ready('low'), 0, -1)).sort()).toEqual([...ids].sort());
    expect(recovered.map(({ jobId }) => jobId).sort()).toEqual([...ids].sort());
    const pasts = Object.values(await redis().hgetall(keys().history));
    expect(new Set(pasts.map((past) => decodeHistory(past).crashes))).toEqual(new Set([1]));
    expect(await redis().exists(keys().revoked, keys().processing('w1'))).toBe(0);
  });

  it('rule 12: dead-letters a record it cannot read, with its bytes, and stops for none', async () => {
    await queue.first.processing('garbled', 'w1', 1, { record: 'no record' });
    await queue.first.processing('missing', 'w1', 2, { record: null });
    await queue.first.processing('good', 'w1', 3);
    await expireLease();

    await newReaper().sweep(0, LEASE_MS);

    expect(await redis().zrange(keys().dead, 0, '-1')).toEqual(['garbled', 'missing']);
    expect((await history('garbled')).reason).toBe('malformed-record');
    expect((await history('missing')).reason).toBe('record-missing');
    expect(await redis().hget(keys().jobs, 'garbled')).toBe('no record');
    expect(await redis().lrange(keys().ready('low'), 0, -1)).toEqual(['good']);
  });

  it('rule 13: tells of the amnesty after an outage, and takes no job', async () => {
    const told: QueueEventMap['reaper.amnesty'][] = [];
    queue.scripts.events.on('reaper.amnesty', (event) => told.push(event));
    await redis().hset(keys().control, 'sweep', queue.nowMs - LEASE_MS);
    await queue.first.ready('a');
    await claimJobs(worker);
    await expireLease();

    await newReaper().sweep(0, LEASE_MS);

    expect(told).toHaveLength(1);
    expect(told[0]!.untilMs).toBeGreaterThanOrEqual(queue.nowMs + LEASE_MS);
    expect(await redis().zrange(keys().processing('w1'), 0, '-1')).toEqual(['a']);
    expect(await worker.heartbeat()).not.toBe(LOST);
  });
});
