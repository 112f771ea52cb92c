import { PlantedJobs, recordText, useRedis, waitUntil } from '@app/testing';
import { describe, expect } from 'vitest';
import { faultTest, type Evidence } from './fault-test.js';
import { readFinalStates } from './final-states.js';
import { LEASE_MS, WORKER } from './scale.js';
import { useFleet } from './use-fleet.js';

/** What is stored, and why its job is dead in the end. Undefined: nothing is stored. */
const BAD: Readonly<Record<string, readonly [record: Buffer | undefined, reason: string]>> = {
  garbled: [Buffer.from([0xff, 0x00, 0xfe, 0x0a, 0x20]), 'malformed-record'],
  'no-json': [Buffer.from('1 1 low test.noop\n{"payload":'), 'malformed-record'],
  'no-payload': [Buffer.from('1 1 low test.noop\n{"body":1}'), 'malformed-record'],
  missing: [undefined, 'record-missing'],
};
const FROM_THE_FUTURE = '99 1 low test.noop\n{"payload":{}}';

describe('records that no worker can read', () => {
  const test = useRedis();
  const fleet = useFleet(test);
  const planted = () => new PlantedJobs(test.redis, test.prefix());
  const keys = () => planted().keys;

  async function store(id: string, record: Buffer | string | undefined): Promise<string> {
    if (record !== undefined) await test.redis.hset(keys().jobs, id, record);
    return id;
  }
  const everyId = async () => [
    await store('good', recordText()),
    ...(await Promise.all(Object.entries(BAD).map(([id, [record]]) => store(id, record)))),
    await store('future', FROM_THE_FUTURE),
    await store('good-too', recordText()),
  ];

  faultTest('bad-records', 'are dead with their bytes when they are claimed', async (evidence) => {
    await test.redis.lpush(keys().ready('low'), ...(await everyId()));

    await fleet.startWorker(WORKER);

    await expectVerdicts(evidence);
  });

  faultTest(
    'bad-records',
    'stop no sweep that takes them from a lost worker',
    async (evidence) => {
      await planted().worker('ghost', 1);
      const claims = (await everyId()).flatMap((id, index) => [index + 1, id]);
      await test.redis.zadd(keys().processing('ghost'), ...claims);

      const worker = await fleet.startWorker(WORKER);

      await expectVerdicts(evidence);
      expect(await test.redis.exists(keys().processing('ghost'), keys().revoked)).toBe(0);
      expect(worker.output).not.toContain('loop.failed');
    },
    3 * LEASE_MS + 30_000,
  );

  async function expectVerdicts(evidence: Evidence): Promise<void> {
    await fleet.waitForLines('accepted', 2, undefined, { timeoutMs: 3 * LEASE_MS });
    const isDead = async () => (await fleet.deadJobs()).length === Object.keys(BAD).length;
    await waitUntil(isDead, { what: 'the dead jobs', timeoutMs: 10_000 });
    await waitUntil(async () => (await test.redis.zscore(keys().scheduled('low'), 'future')) !== null);

    const { jobs, placeFaults } = await readFinalStates(test.redis, test.prefix());
    const reasons = Object.keys(BAD).map((id) => [id, jobs.get(id)?.history?.reason]);
    expect(reasons).toEqual(Object.entries(BAD).map(([id, [, reason]]) => [id, reason]));
    expect(placeFaults).toEqual([]);
    expect(await storedBytes(Object.keys(BAD))).toEqual(Object.values(BAD).map(([record]) => record ?? null));
    expect(await storedBytes(['future'])).toEqual([Buffer.from(FROM_THE_FUTURE)]);
    expect(jobs.get('future')?.history).toMatchObject({ attempts: 0 });
    evidence.add({ 'dead with their bytes': reasons.length, 'left for a newer worker': 1 });
  }

  const storedBytes = (ids: readonly string[]) => Promise.all(ids.map((id) => test.redis.hgetBuffer(keys().jobs, id)));
});
