import { usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { RedisRefusedError } from '../errors/redis-refused.error.js';
import type { ArchivedJob } from './dead-archive.js';
import { InspectService } from './inspect.service.js';
import { OperateService } from './operate.service.js';

describe.each([1, 3])('export, purge and import, %i partitions', (partitions) => {
  const queue = usePlantedQueue(partitions, { checkPlaces: false, isPrivate: true });
  let inspect: InspectService;
  let operate: OperateService;

  beforeEach(() => {
    const { runner, connections, options } = queue.scripts;
    inspect = new InspectService(runner, connections, options);
    operate = new OperateService(runner, options, connections);
  });

  /** Everything the partitions hold of their dead jobs, byte for byte, in hexadecimal. */
  async function deadBytes() {
    const { redis } = queue.test;
    const parts = queue.planted.map(async ({ keys }) => {
      const ids = await redis.zrangeBuffer(keys.dead, 0, '-1', 'WITHSCORES');
      const tables = [keys.jobs, keys.history].map(async (key) => {
        const all = await redis.hgetallBuffer(key);
        return Object.entries(all).map(
          ([field, value]) => `${Buffer.from(field).toString('hex')} ${value.toString('hex')}`,
        );
      });
      const index = (await redis.zrangeBuffer(keys.deadGroups, 0, '-1')).map((entry) => entry.toString('hex'));
      return [
        ids.map((each) => each.toString('hex')),
        ...(await Promise.all(tables)).map((rows) => rows.toSorted()),
        index,
      ];
    });
    return Promise.all(parts);
  }

  async function plantOdd() {
    const { redis } = queue.test;
    const trail = [{ atMs: 1, workerId: 'w', what: 'error', fingerprint: 'f', summary: 'žluť \u0007' }] as const;
    for (const [at, jobs] of queue.planted.entries()) {
      await jobs.dead(`plain-${at}`, 1_000 + at, { payload: { text: 'a\u2028b\ud83d\ude00' }, history: { trail } });
      await jobs.dead(`no-record-${at}`, 1_000, { record: null, history: { reason: 'record-missing' } });
    }
    const { keys } = queue.last;
    await queue.last.dead('no-history', 7.5, { record: '' });
    await redis.hdel(keys.history, 'no-history');
    await redis.zrem(keys.deadGroups, 'unrecoverable 0000000000007.5 no-history');
    await redis.zadd(keys.deadGroups, 0, '- 000000000000008 no-history');
    await redis.hset(keys.jobs, 'binary', Buffer.from([0, 255, 10, 13, 128, 0xed, 0xa0, 0x80]));
    await redis.hset(keys.history, 'binary', Buffer.from([254, 0]));
    await redis.zadd(keys.dead, 9, 'binary');
    await redis.zadd(keys.deadGroups, 0, '- 000000000000009 binary');
  }

  async function exportAll(): Promise<ArchivedJob[]> {
    const lines: string[] = [];
    for await (const part of inspect.exportDead({})) lines.push(...part.lines);
    return lines.map((line) => inspect.readArchived(line));
  }

  it('brings back the same dead set, byte for byte', async () => {
    await plantOdd();
    const before = await deadBytes();

    const archived = await exportAll();
    await operate.purgeDeadMeant({});
    const purged = await deadBytes();
    const words = await operate.importDead(archived);

    expect(purged).toEqual(queue.planted.map(() => [[], [], [], []]));
    expect(new Set(words)).toEqual(new Set(['imported']));
    expect(await deadBytes()).toEqual(before);
  });

  it('changes nothing when it is done again', async () => {
    await plantOdd();
    const archived = await exportAll();
    const before = await deadBytes();

    expect(new Set(await operate.importDead(archived))).toEqual(new Set(['present']));
    expect(await deadBytes()).toEqual(before);
  });

  it('leaves alone what lives elsewhere by now, and a death that is another one', async () => {
    await queue.last.dead('again', 1);
    await queue.last.dead('lives', 1);
    const archived = await exportAll();
    await operate.purgeDeadMeant({});
    await queue.last.dead('again', 2);
    await queue.last.ready('lives');

    const words = await operate.importDead(archived);

    expect(archived.map(({ id }, at) => `${String(id)} ${words[at]}`)).toEqual(['again different', 'lives taken']);
    expect(await queue.test.redis.zscore(queue.last.keys.dead, 'again')).toBe('2');
    expect(await queue.test.redis.zscore(queue.last.keys.dead, 'lives')).toBeNull();
  });

  it('brings back jobs that can be sent back', async () => {
    await queue.last.dead('job', 5, { queue: 'high' });
    const archived = await exportAll();
    await operate.purgeDeadMeant({});

    await operate.importDead(archived);

    expect(await operate.requeueDeadMeant({})).toMatchObject({ applied: 1 });
    expect(await queue.test.redis.lrange(queue.last.keys.ready('high'), 0, -1)).toEqual(['job']);
  });

  it('is refused as a whole by a full Redis', async () => {
    await queue.last.dead('job', 5);
    const archived = await exportAll();
    await operate.purgeDeadMeant({});
    await queue.test.redis.config('SET', 'maxmemory', '1');

    try {
      await expect(operate.importDead(archived)).rejects.toBeInstanceOf(RedisRefusedError);
    } finally {
      await queue.test.redis.config('SET', 'maxmemory', '0');
    }
    expect(await queue.test.redis.exists(queue.last.keys.dead, queue.last.keys.jobs)).toBe(0);
  });

  it('goes through a large archive in steps', async () => {
    const archived = Array.from({ length: 700 }, (_, at) => ({
      partition: at % partitions,
      id: Buffer.from(`job-${at}`),
      diedAt: String(at),
      record: Buffer.from('x'.repeat(at % 7 === 0 ? 20_000 : 10)),
      history: null,
    }));

    const words = await operate.importDead(archived);

    expect(words).toEqual(Array(700).fill('imported'));
    expect((await inspect.countDead({})).total).toBe(700);
  });
});
