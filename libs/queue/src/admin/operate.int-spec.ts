import { containersOf, decodeHistory, PlantedJobs, placesOf, recordText, usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { OperateService } from './operate.service.js';
import { encodePause } from './pause.js';

const BY_ANN = { reason: 'deploy', by: 'ann' };

describe.each([1, 3])('OperateService, %i partitions', (partitions) => {
  const queue = usePlantedQueue(partitions);
  let operate: OperateService;

  const tokens = async ({ keys }: PlantedJobs, name: string) => [
    await queue.test.redis.llen(keys.wake(name)),
    await queue.test.redis.llen(keys.timer(name)),
  ];
  const placeOf = async (id: string) =>
    containersOf(id, await placesOf(queue.test.redis, queue.test.prefix(), partitions)).map((name) =>
      name.replace(/^\d\//, ''),
    );

  beforeEach(() => {
    operate = new OperateService(queue.scripts.runner, queue.scripts.options, queue.scripts.connections);
  });

  describe('pause', () => {
    it('pauses one queue in every partition, and a second pause replaces the first', async () => {
      await operate.pause('high', BY_ANN);
      await operate.pause('high', { reason: 'incident', by: 'bob', untilMs: 5 });

      for (const { keys } of queue.planted) {
        expect(await queue.test.redis.hgetall(keys.paused)).toEqual({
          high: '{"reason":"incident","by":"bob","untilMs":5}',
        });
      }
    });

    it('tells a first pause from a second', async () => {
      const pause = () => queue.scripts.runner.run('pause', [queue.last.keys.paused], ['low', 'why']);

      expect([await pause(), await pause()]).toEqual(['paused', 'replaced']);
    });

    it('refuses a queue that is not configured', async () => {
      await expect(operate.pause('hihg', BY_ANN)).rejects.toMatchObject({ code: 'invalid-options' });
      await expect(operate.resume('hihg')).rejects.toMatchObject({ code: 'invalid-options' });
    });
  });

  describe('resume', () => {
    it('leaves a wake token where work waits and a timer token where something is scheduled (rules 23 and 26)', async () => {
      await queue.first.ready('now');
      await queue.last.scheduled('later', queue.nowMs + 60_000);
      await operate.pause('low', BY_ANN);

      expect(await operate.resume('low')).toBe(true);

      expect(await queue.test.redis.hlen(queue.last.keys.paused)).toBe(0);
      expect((await tokens(queue.first, 'low'))[0]).toBe(1);
      expect((await tokens(queue.last, 'low'))[1]).toBe(1);
      expect(await tokens(queue.last, 'high')).toEqual([0, 0]);
    });

    it('leaves no token for an empty queue, and no second one', async () => {
      await operate.pause('high', BY_ANN);
      await operate.pause('low', BY_ANN);
      await queue.first.ready('now');
      await queue.test.redis.lpush(queue.first.keys.wake('low'), 1);

      await operate.resume('high');
      await operate.resume('low');

      expect(await tokens(queue.first, 'high')).toEqual([0, 0]);
      expect(await tokens(queue.first, 'low')).toEqual([1, 0]);
    });

    it('does nothing to a queue that is not paused', async () => {
      await queue.first.ready('now');

      expect(await operate.resume('low')).toBe(false);
      expect(await tokens(queue.first, 'low')).toEqual([0, 0]);
    });

    it('finishes a resume that reached only some partitions', async () => {
      await operate.pause('low', BY_ANN);
      await queue.test.redis.hdel(queue.first.keys.paused, 'low');

      expect(await operate.resume('low')).toBe(partitions > 1);
      expect(await operate.resume('low')).toBe(false);
    });
  });

  describe('resumeExpired', () => {
    it('resumes what is over by the Redis clock, and leaves the rest paused', async () => {
      await operate.pause('high', { ...BY_ANN, untilMs: queue.nowMs - 1 });
      await operate.pause('low', { ...BY_ANN, untilMs: queue.nowMs + 60_000 });
      await queue.last.ready('waits', { queue: 'high' });

      expect(await operate.resumeExpired()).toEqual(['high']);
      expect(await operate.resumeExpired()).toEqual([]);

      expect(await queue.test.redis.hkeys(queue.last.keys.paused)).toEqual(['low']);
      expect(await tokens(queue.last, 'high')).toEqual([1, 0]);
    });

    it('leaves a pause without an end alone, and one that nobody can read', async () => {
      await operate.pause('high', BY_ANN);
      await queue.test.redis.hset(queue.last.keys.paused, 'low', 'by hand');

      expect(await operate.resumeExpired()).toEqual([]);
    });

    it('does not end a pause that replaced the one it saw', async () => {
      const { keys } = queue.last;
      const seen = encodePause({ ...BY_ANN, untilMs: 1 });
      await queue.test.redis.hset(keys.paused, 'low', encodePause({ reason: 'incident', by: 'bob', untilMs: null }));
      const places = [keys.paused, keys.ready('low'), keys.scheduled('low'), keys.wake('low'), keys.timer('low')];

      expect(await queue.scripts.runner.run('resume', places, ['low', seen])).toBe('changed');

      expect(await queue.test.redis.hexists(keys.paused, 'low')).toBe(1);
    });
  });

  describe('requeueDead', () => {
    it('sends a job to the back of its queue: attempts and crashes reset, the rest of its past kept', async () => {
      const trail = [{ atMs: 1, workerId: 'w', what: 'error', fingerprint: 'abc', summary: 'Error: no\nway' }] as const;
      await queue.last.ready('waits', { queue: 'high' });
      await queue.last.dead('job', 1_000, {
        queue: 'high',
        history: { reason: 'retries-exhausted', attempts: 4, crashes: 2, interruptions: 3, snoozes: 5, trail },
      });

      expect(await operate.requeueDead([{ id: 'job', diedAtMs: 1_000 }])).toEqual({ applied: 1, refused: [] });

      expect(await queue.test.redis.lrange(queue.last.keys.ready('high'), 0, -1)).toEqual(['job', 'waits']);
      const history = decodeHistory(await queue.test.redis.hget(queue.last.keys.history, 'job'));
      expect(history).toEqual({
        dueAtMs: expect.any(Number),
        attempts: 0,
        crashes: 0,
        interruptions: 3,
        snoozes: 5,
        trail,
      });
      expect(history.dueAtMs).toBeGreaterThanOrEqual(queue.nowMs);
      expect(await tokens(queue.last, 'high')).toEqual([1, 0]);
    });

    it('gives a job without a readable past a fresh one', async () => {
      await queue.last.dead('job', 1_000);
      await queue.test.redis.hset(queue.last.keys.history, 'job', 'garbage');

      await operate.requeueDead([{ id: 'job', diedAtMs: 1_000 }]);

      expect(decodeHistory(await queue.test.redis.hget(queue.last.keys.history, 'job'))).toMatchObject({
        attempts: 0,
        trail: [],
      });
      expect(await placeOf('job')).toEqual(['ready:low']);
    });

    it('sends back a job that was for later: its first line has one field more', async () => {
      await queue.last.dead('job', 1_000, { record: '1 1 low test.noop 500\n{"payload":1}' });

      expect(await operate.requeueDead([{ id: 'job', diedAtMs: 1_000 }])).toEqual({ applied: 1, refused: [] });
      expect(await placeOf('job')).toEqual(['ready:low']);
    });

    it('leaves no token for a paused queue', async () => {
      await operate.pause('low', BY_ANN);
      await queue.last.dead('job', 1_000);

      await operate.requeueDead([{ id: 'job', diedAtMs: 1_000 }]);

      expect(await placeOf('job')).toEqual(['ready:low']);
      expect(await tokens(queue.last, 'low')).toEqual([0, 0]);
    });

    it('applies once: a second call reports that the job is gone (rule 17)', async () => {
      await queue.last.dead('job', 1_000);
      const entry = { id: 'job', diedAtMs: 1_000 };

      expect(await operate.requeueDead([entry, entry])).toEqual({
        applied: 1,
        refused: [{ ...entry, reason: 'gone' }],
      });
      expect(await operate.requeueDead([entry])).toEqual({ applied: 0, refused: [{ ...entry, reason: 'gone' }] });
      expect(await placeOf('job')).toEqual(['ready:low']);
    });

    it('leaves a job alone that died again since it was selected (rule 17)', async () => {
      await queue.last.dead('job', 2_000);

      expect(await operate.requeueDead([{ id: 'job', diedAtMs: 1_000 }])).toMatchObject({
        applied: 0,
        refused: [{ reason: 'gone' }],
      });
      expect(await placeOf('job')).toEqual(['dead']);
    });

    it('leaves dead what has no readable record or no known queue, and moves the others', async () => {
      await queue.last.dead('no-record', 1, { record: null, history: { reason: 'record-missing' } });
      await queue.last.dead('garbage', 1, { record: 'garbage' });
      await queue.last.dead('no-body', 1, { record: '1 5 low mail.send' });
      await queue.last.dead('retired', 1, { queue: 'retired' });
      await queue.first.dead('good', 1, { queue: 'high' });
      await queue.last.dead('good-too', 1, { queue: 'low' });
      const ids = ['no-record', 'garbage', 'no-body', 'retired', 'good', 'good-too'];

      const result = await operate.requeueDead(ids.map((id) => ({ id, diedAtMs: 1 })));

      expect(result).toEqual({
        applied: 2,
        refused: [
          { id: 'no-record', diedAtMs: 1, reason: 'unreadable' },
          { id: 'garbage', diedAtMs: 1, reason: 'unreadable' },
          { id: 'no-body', diedAtMs: 1, reason: 'unreadable' },
          { id: 'retired', diedAtMs: 1, reason: 'unknown-queue' },
        ],
      });
      expect(await placeOf('garbage')).toEqual(['dead']);
      expect(await placeOf('good')).toEqual(['ready:high']);
      expect(await placeOf('good-too')).toEqual(['ready:low']);
    });

    it('is not misled by a queue that is named like a number', async () => {
      await queue.last.dead('odd', 1, { queue: '0' });

      const { refused } = await operate.requeueDead([{ id: 'odd', diedAtMs: 1 }]);

      expect(refused).toEqual([{ id: 'odd', diedAtMs: 1, reason: 'unknown-queue' }]);
      expect(await placeOf('odd')).toEqual(['dead']);
    });

    it('works in bounded steps through a large selection', async () => {
      const selection = await plantManyDead(1_200);

      expect(await operate.requeueDead(selection)).toEqual({ applied: 1_200, refused: [] });

      const ready = await Promise.all(queue.planted.map(({ keys }) => queue.test.redis.llen(keys.ready('low'))));
      expect(ready.reduce((sum, length) => sum + length)).toBe(1_200);
    });
  });

  describe('purgeDead', () => {
    it('forgets entry, record and history, and keeps the unique key', async () => {
      const { keys } = queue.last;
      await queue.last.dead('job', 1_000);
      await queue.last.dead('other', 1_000);
      await queue.test.redis.set(keys.unique('order-1'), 'job');

      expect(await operate.purgeDead([{ id: 'job', diedAtMs: 1_000 }])).toEqual({ applied: 1, refused: [] });

      expect(await placeOf('job')).toEqual([]);
      expect(await queue.test.redis.hexists(keys.jobs, 'job')).toBe(0);
      expect(await queue.test.redis.hexists(keys.history, 'job')).toBe(0);
      expect(await queue.test.redis.get(keys.unique('order-1'))).toBe('job');
      expect(await placeOf('other')).toEqual(['dead']);
    });

    it('forgets jobs that nobody can read', async () => {
      await queue.last.dead('no-record', 1, { record: null, history: { reason: 'record-missing' } });
      await queue.last.dead('garbage', 1, { record: 'garbage' });

      const selection = ['no-record', 'garbage'].map((id) => ({ id, diedAtMs: 1 }));

      expect(await operate.purgeDead(selection)).toEqual({ applied: 2, refused: [] });
    });

    it('refuses one that is not dead, or died again since, and a second call (rule 17)', async () => {
      await queue.last.ready('runs-again');
      await queue.last.dead('died-again', 2_000);
      await queue.last.dead('dead', 1_000);
      const selection = ['runs-again', 'died-again', 'dead'].map((id) => ({ id, diedAtMs: 1_000 }));

      const reasons = async () =>
        (await operate.purgeDead(selection)).refused.map(({ id, reason }) => `${id} ${reason}`);

      expect(await reasons()).toEqual(['runs-again gone', 'died-again gone']);
      expect(await reasons()).toEqual(['runs-again gone', 'died-again gone', 'dead gone']);
      expect(await placeOf('runs-again')).toEqual(['ready:low']);
      expect(await placeOf('died-again')).toEqual(['dead']);
    });

    it('works in bounded steps through a large selection', async () => {
      const selection = await plantManyDead(1_200);

      expect(await operate.purgeDead(selection)).toEqual({ applied: 1_200, refused: [] });

      const left = await Promise.all(queue.planted.map(({ keys }) => queue.test.redis.hlen(keys.jobs)));
      expect(left.every((length) => length === 0)).toBe(true);
    });
  });

  it('does nothing for an empty selection', async () => {
    expect(await operate.requeueDead([])).toEqual({ applied: 0, refused: [] });
    expect(await operate.purgeDead([])).toEqual({ applied: 0, refused: [] });
  });

  async function plantManyDead(count: number) {
    const selection = Array.from({ length: count }, (_, at) => ({ id: `job-${at}`, diedAtMs: 1_000 + at }));
    for (const [partition, { keys }] of queue.planted.entries()) {
      const mine = selection.filter((_, at) => at % partitions === partition);
      await queue.test.redis.hset(keys.jobs, Object.fromEntries(mine.map(({ id }) => [id, recordText()])));
      await queue.test.redis.zadd(keys.dead, ...mine.flatMap(({ id, diedAtMs }) => [diedAtMs, id]));
    }
    return selection;
  }
});
