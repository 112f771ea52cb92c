import { usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { InspectService } from './inspect.service.js';
import { OperateService } from './operate.service.js';

describe.each([1, 3])('waiting jobs in bulk, %i partitions', (partitions) => {
  const queue = usePlantedQueue(partitions);
  let inspect: InspectService;
  let operate: OperateService;

  beforeEach(() => {
    const { runner, connections, options } = queue.scripts;
    inspect = new InspectService(runner, connections, options);
    operate = new OperateService(runner, options, connections);
  });

  const { test } = queue;
  const ready = async (name = 'low') =>
    (await Promise.all(queue.planted.map(({ keys }) => test.redis.lrange(keys.ready(name), 0, -1)))).flat();
  const scheduled = async (name = 'low') =>
    (await Promise.all(queue.planted.map(({ keys }) => test.redis.zrange(keys.scheduled(name), 0, '-1')))).flat();

  async function plantMixed(count: number) {
    for (let at = 0; at < count; at++) {
      const jobs = queue.planted[at % partitions]!;
      await jobs.ready(`r-${at}`, { kind: at % 3 === 0 ? 'bad.kind' : 'good.kind', history: { attempts: 1 } });
      if (at % 4 === 0) await jobs.scheduled(`s-${at}`, 9e12 + at, { kind: at % 8 === 0 ? 'bad.kind' : 'good.kind' });
    }
  }

  it('counts what a kind has, and changes nothing', async () => {
    await plantMixed(24);

    const count = await inspect.countWaiting({ queue: 'low', kind: 'bad.kind' });

    expect(count).toMatchObject({ ready: 24, scheduled: 6, meant: 8 + 3 });
    expect(count.sample).toHaveLength(5);
    expect(await ready()).toHaveLength(24);
  });

  it('removes one kind wherever it waits, and keeps the order of the others', async () => {
    await plantMixed(700);
    const keptReady = (await ready()).filter((id) => Number(id.slice(2)) % 3 !== 0);
    const keptScheduled = (await scheduled()).filter((id) => Number(id.slice(2)) % 8 !== 0);
    await queue.first.ready('elsewhere', { queue: 'high', kind: 'bad.kind' });

    const result = await operate.purgeWaiting({ queue: 'low', kind: 'bad.kind' }, 875);

    expect(result).toMatchObject({ applied: 234 + 88, isComplete: true });
    expect(await ready()).toEqual(keptReady);
    expect(await scheduled()).toEqual(keptScheduled);
    expect(await ready('high')).toEqual(['elsewhere']);
    expect(await test.redis.hget(queue.first.keys.jobs, 'r-0')).toBeNull();
    expect(await test.redis.hget(queue.first.keys.history, 'r-0')).toBeNull();
  });

  it('removes every kind, unreadable records too, but not what was enqueued since', async () => {
    await plantMixed(30);
    await queue.last.ready('odd', { record: 'garbage' });
    await queue.first.ready('alone');
    await test.redis.lmove(queue.first.keys.ready('low'), queue.first.keys.quarantine('low'), 'LEFT', 'LEFT');
    await queue.last.parked('parked');
    await queue.last.breaker('test.noop', 'open', { queues: ['low'] });
    await queue.last.ready('new', { createdAtMs: queue.nowMs + 60_000 });
    expect(await inspect.countWaiting({ queue: 'low' })).toMatchObject({ ready: 34, scheduled: 8 });

    await operate.purgeWaiting({ queue: 'low' }, 40);

    expect(await ready()).toEqual(['new']);
    expect(await test.redis.exists(queue.first.keys.quarantine('low'))).toBe(0);
    expect(await test.redis.exists(queue.last.keys.parked('low', 'test.noop'))).toBe(0);
    expect(await scheduled()).toEqual([]);
  });

  it('misses none while workers take from the front and producers add at the back', async () => {
    await plantMixed(900);
    let taken = 0;

    const onProgress = () => {
      const { keys } = queue.planted[0]!;
      taken++;
      void test.redis.rpoplpush(keys.ready('low'), keys.completed);
      void queue.planted[0]!.ready(`new-${taken}`, { createdAtMs: queue.nowMs + 60_000, kind: 'bad.kind' });
    };
    await operate.purgeWaiting({ queue: 'low', kind: 'bad.kind' }, 900, { onProgress });
    await test.redis.ping();

    const left = [...(await ready()), ...(await scheduled())].filter((id) => !id.startsWith('new-'));
    const kinds = await Promise.all(
      left.map(async (id) =>
        (await Promise.all(queue.planted.map(({ keys }) => test.redis.hget(keys.jobs, id)))).join(''),
      ),
    );
    expect(taken).toBeGreaterThan(2);
    expect(kinds.filter((record) => record.includes('bad.kind'))).toEqual([]);
    for (const { keys } of queue.planted) await test.redis.del(keys.outcome);
  });

  it('ends after a step when it is told to', async () => {
    await plantMixed(600);
    const stop = new AbortController();

    const result = await operate.purgeWaiting({ queue: 'low' }, 750, {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });

    expect(result.isComplete).toBe(false);
    expect((await ready()).length + (await scheduled()).length).toBe(750 - result.applied);
  });

  it('knows the queues', async () => {
    await expect(inspect.countWaiting({ queue: 'hihg' })).rejects.toMatchObject({ code: 'invalid-options' });
    await expect(operate.purgeWaiting({ queue: 'hihg' }, 0)).rejects.toMatchObject({ code: 'invalid-options' });
  });

  it('removes nothing twice: ids that wait no longer are left alone', async () => {
    const { keys } = queue.last;
    await queue.last.ready('a');
    await queue.last.scheduled('b', 9e12);
    const purge = () =>
      Promise.all([
        queue.scripts.runner.run('purge-ready', [keys.ready('low'), keys.jobs, keys.history], ['2', '100', 'x', 'a']),
        queue.scripts.runner.run('purge-scheduled', [keys.scheduled('low'), keys.jobs, keys.history], ['x', 'b']),
      ]);

    expect([await purge(), await purge()]).toEqual([
      [1, 1],
      [0, 0],
    ]);
  });

  describe('forgetAll', () => {
    it('leaves nothing under the prefix but the audit trail, and touches no other prefix', async () => {
      await plantMixed(20);
      await queue.last.dead('d', 1);
      await queue.first.worker('w', queue.nowMs + 10_000);
      await queue.first.processing('p', 'w', queue.nowMs);
      await test.redis.set(queue.last.keys.unique('u'), 'x');
      await test.redis.hset(queue.last.keys.producer('p'), 'newest', 1);
      await test.redis.rpush(queue.last.keys.ready('retired'), 'x');
      await test.redis.xadd(queue.first.keys.audit, '*', 'who', 'ann');
      const neighbour = `{${test.prefix()}-other:0}:jobs`;
      await test.redis.hset(neighbour, 'a', 'b');

      expect(await operate.forgetAll()).toBeGreaterThan(8);

      expect(await test.redis.keys(`{${test.prefix()}:*`)).toEqual([queue.first.keys.audit]);
      expect(await test.redis.del(neighbour)).toBe(1);
      expect(await operate.forgetAll()).toBe(0);
    });
  });
});
