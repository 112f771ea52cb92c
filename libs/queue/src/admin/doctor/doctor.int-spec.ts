import {
  decodeHistory,
  historyText,
  placeFaults,
  placesOf,
  PlantedJobs,
  recordText,
  usePlantedQueue,
} from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { InspectService } from '../inspect.service.js';
import { OperateService } from '../operate.service.js';
import { DoctorService } from './doctor.service.js';
import type { CheckName, Diagnosis } from './finding.js';

const HELD_MS = 1_000;

/** A fault made by hand, and what is left once it is mended. */
interface Case {
  readonly check: CheckName;
  readonly title: string;
  readonly make: () => Promise<unknown>;
  readonly mended: () => Promise<unknown>;
}

describe.each([1, 3])('the doctor of a queue with %i partitions', (partitions) => {
  const queue = usePlantedQueue(partitions, { checkPlaces: false });
  const redis = () => queue.test.redis;
  const jobs = () => queue.last;
  const keys = () => jobs().keys;
  let doctor: DoctorService;
  let inspect: InspectService;

  beforeEach(async () => {
    const { runner, connections, options } = queue.scripts;
    await runner.admit();
    inspect = new InspectService(runner, connections, options);
    doctor = new DoctorService(runner, connections, inspect, options);
    for (const each of queue.planted) await plantOneOfEach(each);
  });

  /** A job in every place, an alive worker and a revoked one, a breaker that is open: a healthy queue. */
  async function plantOneOfEach(planted: PlantedJobs): Promise<void> {
    const { partition } = /:(?<partition>\d+)\}/.exec(planted.keys.tag)!.groups as { partition: string };
    const id = (name: string) => `${name}-${partition}`;
    await planted.ready(id('ready'), { queue: 'high' });
    for (const name of ['high', 'low']) await redis().lpush(planted.keys.wake(name), 1);
    await planted.scheduled(id('scheduled'), queue.nowMs + 60_000);
    await planted.worker('w1', queue.nowMs + 60_000);
    await planted.processing(id('held'), 'w1', queue.nowMs - HELD_MS);
    await planted.revoked('w2', queue.nowMs);
    await planted.processing(id('taken-back'), 'w2', queue.nowMs - HELD_MS);
    await planted.completed(id('completed'), `${queue.nowMs} 5 w1\n`);
    await planted.dead(id('dead'), queue.nowMs - HELD_MS);
    await planted.parked(id('parked'));
    await planted.breaker('test.noop', 'open', { queues: ['low'] });
    await redis().set(planted.keys.unique('key'), id('ready'), 'PX', 60_000);
  }

  const found = (diagnosis: Diagnosis) => diagnosis.findings.map(({ check }) => check);
  const places = async () =>
    placeFaults(redis(), queue.test.prefix(), await placesOf(redis(), queue.test.prefix(), partitions));
  const dump = async () => {
    const names = (await redis().keys(`{${queue.test.prefix()}:*`)).toSorted();
    return Promise.all(names.map(async (name) => [name, (await redis().dumpBuffer(name)).toString('base64')]));
  };
  const state = async (id: string) => {
    const { state: where, death, attempts } = await inspect.findJob(id);
    return death ? { where, reason: death.reason, attempts } : { where, attempts };
  };

  it('finds nothing wrong with a healthy queue, and counts its records', async () => {
    const { findings, repairs, records } = await doctor.examine();

    expect({ findings, repairs }).toEqual({ findings: [], repairs: [] });
    expect(records).toBe(7 * partitions);
  });

  const cases: Case[] = [
    {
      check: 'one-place',
      title: 'a held job that also waits',
      make: () => redis().lpush(keys().ready('low'), held()),
      mended: async () => expect(await state(held())).toMatchObject({ where: 'processing' }),
    },
    {
      check: 'one-place',
      title: 'a job that waits twice in its list',
      make: () => redis().lpush(keys().ready('high'), ready()),
      mended: async () => expect(await redis().lrange(keys().ready('high'), 0, -1)).toEqual([ready()]),
    },
    {
      check: 'one-place',
      title: 'a dead job that also waits',
      make: () => redis().rpush(keys().ready('low'), last('dead')),
      mended: async () => expect(await state(last('dead'))).toMatchObject({ where: 'dead', reason: 'unrecoverable' }),
    },
    {
      check: 'one-place',
      title: 'a completed job that is also scheduled',
      make: () => redis().zadd(keys().scheduled('low'), 5, last('completed')),
      mended: async () => expect(await state(last('completed'))).toMatchObject({ where: 'completed' }),
    },
    {
      check: 'one-place',
      title: 'a held job that is also dead',
      make: () => redis().zadd(keys().dead, 5, held()),
      mended: async () => expect(await state(held())).toMatchObject({ where: 'processing' }),
    },
    {
      check: 'record-without-place',
      title: 'a job that nobody will ever run',
      make: () => redis().hset(keys().jobs, 'orphan', recordText({ payload: { precious: 1 } })),
      mended: async () => {
        expect(await state('orphan')).toEqual({ where: 'dead', reason: 'orphaned', attempts: 0 });
        const operate = new OperateService(queue.scripts.runner, queue.scripts.options, queue.scripts.connections);
        const { jobs: dead } = await inspect.listDead();
        expect(await operate.requeueDead(dead.filter(({ id }) => id === 'orphan'))).toMatchObject({ applied: 1 });
        expect(await redis().lrange(keys().ready('low'), 0, 0)).toEqual(['orphan']);
      },
    },
    {
      check: 'record-without-place',
      title: 'one with a past, which it keeps',
      make: async () => {
        await redis().hset(keys().jobs, 'orphan', recordText());
        await redis().hset(keys().history, 'orphan', historyText({ attempts: 2, trail: [] }));
      },
      mended: async () => expect(await state('orphan')).toEqual({ where: 'dead', reason: 'orphaned', attempts: 2 }),
    },
    {
      check: 'place-without-record',
      title: 'an id that waits and has no record',
      make: () => redis().rpush(keys().ready('low'), 'empty'),
      mended: async () => {
        expect(decodeHistory(await redis().hget(keys().history, 'empty')).reason).toBe('record-missing');
        expect(await redis().exists(keys().ready('low'))).toBe(0);
      },
    },
    {
      check: 'place-without-record',
      title: 'a dead job whose record is gone',
      make: () => redis().hdel(keys().jobs, last('dead')),
      mended: async () =>
        expect(decodeHistory(await redis().hget(keys().history, last('dead'))).reason).toBe('record-missing'),
    },
    {
      check: 'place-without-record',
      title: 'a completed job whose record is gone',
      make: () => redis().hdel(keys().jobs, last('completed')),
      mended: async () => expect(await redis().exists(keys().completed, keys().outcome)).toBe(0),
    },
    {
      check: 'left-over',
      title: 'the history of a job that is gone',
      make: () => redis().hset(keys().history, 'gone', historyText({ attempts: 1 })),
      mended: async () => expect(await redis().hexists(keys().history, 'gone')).toBe(0),
    },
    {
      check: 'left-over',
      title: 'the outcome of a job that waits',
      make: () => redis().hset(keys().outcome, ready(), '5 5 w1\n'),
      mended: async () => expect(await state(ready())).toMatchObject({ where: 'ready' }),
    },
    {
      check: 'stray-processing',
      title: 'jobs held by a worker that nobody knows',
      make: () => jobs().processing('stranded', 'w9', queue.nowMs - HELD_MS),
      mended: async () => expect(await redis().zscore(keys().revoked, 'w9')).not.toBeNull(),
    },
    {
      check: 'stray-worker',
      title: 'what a worker that is gone said of itself',
      make: () => redis().hset(keys().worker('w9'), 'host', 'web-9'),
      mended: async () => expect(await redis().exists(keys().worker('w9'))).toBe(0),
    },
    {
      check: 'one-place',
      title: 'a parked job that also waits',
      make: () => redis().lpush(keys().ready('low'), last('parked')),
      mended: async () => expect(await redis().lrange(parked(), 0, -1)).toEqual([last('parked')]),
    },
    {
      check: 'stray-parked',
      title: 'parked jobs of a breaker that nobody knows',
      make: () => redis().hdel(keys().control, 'breakers'),
      mended: async () => {
        expect(await redis().exists(parked())).toBe(0);
        expect(await redis().lrange(keys().ready('low'), 0, -1)).toEqual([last('parked')]);
      },
    },
    {
      check: 'lost-token',
      title: 'a queue whose token is gone',
      make: () => redis().del(keys().wake('high')),
      mended: async () => expect(await redis().llen(keys().wake('high'))).toBe(1),
    },
    {
      check: 'endless-key',
      title: 'a unique key without end',
      make: () => redis().set(keys().unique('for ever'), 'x'),
      mended: async () => expect(await redis().pttl(keys().unique('for ever'))).toBeGreaterThan(80_000_000),
    },
  ];
  const last = (name: string) => `${name}-${partitions - 1}`;
  const held = () => last('held');
  const ready = () => last('ready');
  const parked = () => keys().parked('low', 'test.noop');

  describe.each(cases)('$check: $title', ({ check, make, mended }) => {
    beforeEach(make);

    it('is found, by looking alone', async () => {
      const before = await dump();

      const diagnosis = await doctor.examine();

      expect(found(diagnosis)).toEqual([check]);
      expect(diagnosis.findings[0]).toMatchObject({ count: 1, fix: expect.any(String) as string });
      expect(diagnosis.findings[0]!.sample).toHaveLength(1);
      expect(await dump()).toEqual(before);
    });

    it('is mended, and found no more', async () => {
      const { repairs } = await doctor.examine();

      expect(await doctor.repair(repairs)).toEqual([{ check, repaired: 1, changed: 0 }]);

      expect(found(await doctor.examine())).toEqual([]);
      expect(await places()).toEqual([]);
      await mended();
    });

    it('is mended once: a second repair changes nothing', async () => {
      const { repairs } = await doctor.examine();
      await doctor.repair(repairs);
      const before = await dump();

      expect(await doctor.repair(repairs)).toEqual([{ check, repaired: 0, changed: 1 }]);

      expect(await dump()).toEqual(before);
    });
  });

  it('leaves a job alone that has moved since it was seen', async () => {
    await redis().hset(keys().jobs, 'late', recordText());
    const { repairs } = await doctor.examine();
    await redis().lpush(keys().ready('high'), 'late');

    expect(await doctor.repair(repairs)).toEqual([{ check: 'record-without-place', repaired: 0, changed: 1 }]);

    expect(await state('late')).toMatchObject({ where: 'ready' });
    expect(await places()).toEqual([]);
  });

  it('leaves a job alone while workers come and go', async () => {
    await redis().hset(keys().jobs, 'orphan', recordText());
    const { repairs } = await doctor.examine();
    await jobs().worker('w3', queue.nowMs + 60_000);
    await jobs().processing('orphan', 'w3', queue.nowMs);

    expect(await doctor.repair(repairs)).toEqual([{ check: 'record-without-place', repaired: 0, changed: 1 }]);
  });

  it('mends many faults of many sorts at once, and loses no job', async () => {
    const ids = Array.from({ length: 400 }, (_, index) => `many-${index}`);
    for (const [index, id] of ids.entries()) {
      if (index % 4 === 0) await redis().hset(keys().jobs, id, recordText());
      else await jobs().ready(id);
      if (index % 4 === 1) await redis().lpush(keys().ready('high'), id);
      if (index % 4 === 2) await redis().zadd(keys().dead, 5, id);
    }
    const { findings, repairs } = await doctor.examine();
    const counts = Object.fromEntries(findings.map(({ check, count }) => [check, count]));
    expect(counts).toEqual({ 'record-without-place': 100, 'one-place': 200 });
    expect(findings.every(({ sample }) => sample.length === 5)).toBe(true);

    await doctor.repair(repairs);

    expect(found(await doctor.examine())).toEqual([]);
    expect(await places()).toEqual([]);
    expect(await redis().hmget(keys().jobs, ...ids)).not.toContain(null);
  });

  it('names what only an operator can change', async () => {
    await jobs().ready('elsewhere', { queue: 'old' });
    await jobs().ready('strange', { record: 'no record', queue: 'high' });
    await jobs().ready('newer', { record: `9 ${queue.nowMs} high test.noop\n{"payload":1}`, queue: 'high' });
    await redis().hset(`{${queue.test.prefix()}:${partitions}}:jobs`, 'x', recordText());
    await jobs().worker('w4', queue.nowMs + 60_000, { version: '9.9.9' });

    const { findings, repairs } = await doctor.examine();

    expect(findings.map(({ check, sample }) => [check, ...sample])).toEqual([
      ['partition-count', `{${queue.test.prefix()}:${partitions}}:jobs`],
      ['unreadable-record', 'strange'],
      ['newer-record', 'newer'],
      ['unknown-queue', 'old'],
      ['worker-versions', '1.2.3', '9.9.9'],
    ]);
    expect(repairs).toEqual([]);
  });

  it('says that the queue has another number of partitions, and looks no further', async () => {
    await redis().hset(queue.first.keys.control, { schema: 1, partitions: 7 });
    await redis().hset(keys().jobs, 'orphan', recordText());

    const { findings, repairs } = await doctor.examine();

    expect(findings).toMatchObject([{ check: 'partition-count', what: expect.stringContaining('7') as string }]);
    expect(repairs).toEqual([]);
  });

  it('ends when it is told to', async () => {
    const onProgress = () => stop.abort();
    const stop = new AbortController();

    await expect(doctor.examine({ signal: stop.signal, onProgress })).rejects.toThrow('abort');
  });
});
