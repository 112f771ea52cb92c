import { describe, expect, it } from 'vitest';
import { QueueKeys } from '../../queue/src/redis/queue-keys.js';
import { expectOnePlace } from './job-assertions.js';
import { historyText, recordText } from './job-builder.js';
import { containersOf, placesOf } from './job-places.js';
import { useRedis } from './use-redis.js';

describe('expectOnePlace', () => {
  const test = useRedis({ checkPlaces: false });
  const keysOf = (partition: number) => new QueueKeys(test.prefix(), partition);
  const check = (partitions?: number) => expectOnePlace(test.redis, test.prefix(), partitions);

  it('is content with one job in each kind of container', async () => {
    const keys = keysOf(0);
    const ids = ['ready', 'scheduled', 'processing', 'completed', 'dead', 'quarantined', 'parked'];
    for (const id of ids) await test.redis.hset(keys.jobs, id, recordText());
    await test.redis.lpush(keys.ready('low'), 'ready');
    await test.redis.zadd(keys.scheduled('low'), 1, 'scheduled');
    await test.redis.zadd(keys.processing('w1'), 1, 'processing');
    await test.redis.lpush(keys.completed, 'completed');
    await test.redis.zadd(keys.dead, 1, 'dead');
    await test.redis.lpush(keys.quarantine('low'), 'quarantined');
    await test.redis.lpush(keys.parked('low', 'test.noop'), 'parked');

    await expect(check()).resolves.toHaveLength(1);
  });

  it('names a record that is nowhere', async () => {
    await test.redis.hset(keysOf(0).jobs, 'lost-1', recordText());

    await expect(check()).rejects.toThrow('lost-1: has a record, but is nowhere');
  });

  it('names an id in two containers, and one that is twice in the same', async () => {
    const keys = keysOf(0);
    await test.redis.hset(keys.jobs, { a: recordText(), b: recordText() });
    await test.redis.lpush(keys.ready('low'), 'a', 'b', 'b');
    await test.redis.zadd(keys.processing('w1'), 1, 'a');

    await expect(check()).rejects.toThrow(/a: in (ready:low, processing:w1|processing:w1, ready:low)/);
    await expect(check()).rejects.toThrow('b: in ready:low, ready:low');
  });

  it('names an id without a record, unless it died of that', async () => {
    const keys = keysOf(0);
    await test.redis.zadd(keys.dead, 1, 'died', 2, 'stray');
    await test.redis.hset(keys.history, 'died', historyText({ reason: 'record-missing' }));

    await expect(check()).rejects.toThrow(/^1 jobs .*\n {2}stray: no record, but in dead$/);
  });

  it('finds a job that has records in two partitions', async () => {
    for (const partition of [0, 2]) {
      await test.redis.hset(keysOf(partition).jobs, 'twin', recordText());
      await test.redis.lpush(keysOf(partition).ready('low'), 'twin');
    }

    await expect(check()).rejects.toThrow('twin: has records in partitions 0 and 2');
    expect(containersOf('twin', await placesOf(test.redis, test.prefix(), 3))).toEqual(['0/ready:low', '2/ready:low']);
  });
});
