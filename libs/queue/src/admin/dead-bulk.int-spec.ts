import { recordText, usePlantedQueue, waitUntil } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { InspectService } from './inspect.service.js';
import { OperateService } from './operate.service.js';

const NO_REFUSALS = { gone: 0, unreadable: 0, 'unknown-queue': 0 };

describe.each([1, 3])('dead jobs in bulk, %i partitions', (partitions) => {
  const queue = usePlantedQueue(partitions);
  let inspect: InspectService;
  let operate: OperateService;

  beforeEach(() => {
    const { runner, connections, options } = queue.scripts;
    inspect = new InspectService(runner, connections, options);
    operate = new OperateService(runner, options, connections);
  });

  const deadIds = async () =>
    (await Promise.all(queue.planted.map(({ keys }) => queue.test.redis.zrange(keys.dead, 0, '-1')))).flat().toSorted();
  const readyCount = async (name = 'low') =>
    (await Promise.all(queue.planted.map(({ keys }) => queue.test.redis.llen(keys.ready(name))))).reduce(
      (sum, length) => sum + length,
    );

  async function plantMany(count: number, kind = 'test.noop') {
    for (const [partition, { keys }] of queue.planted.entries()) {
      const mine = Array.from({ length: count }, (_, at) => at).filter((at) => at % partitions === partition);
      await queue.test.redis.hset(keys.jobs, Object.fromEntries(mine.map((at) => [`job-${at}`, recordText({ kind })])));
      await queue.test.redis.zadd(keys.dead, ...mine.flatMap((at) => [1_000 + at, `job-${at}`]));
    }
  }

  describe('what a filter means', () => {
    beforeEach(async () => {
      const trail = [{ atMs: 1, workerId: 'w', what: 'error', fingerprint: 'aaa', summary: 'SmtpError: 451' }] as const;
      await queue.first.dead('mail-1', 1_000, { kind: 'mail.send', queue: 'high', history: { trail } });
      await queue.last.dead('mail-2', 1_001, { kind: 'mail.send', queue: 'low', history: { trail } });
      await queue.first.dead('file-1', 1_002, { kind: 'file.digest' });
      await queue.last.dead('young', queue.nowMs, { kind: 'mail.send', queue: 'high' });
    });

    it.each([
      [{}, ['mail-1', 'mail-2', 'file-1', 'young']],
      [{ kind: 'mail.send' }, ['mail-1', 'mail-2', 'young']],
      [{ kind: 'mail.send', limit: 2 }, ['mail-1', 'mail-2']],
      [{ limit: 3 }, ['mail-1', 'mail-2', 'file-1']],
      [{ queue: 'high' }, ['mail-1', 'young']],
      [{ error: 'smtp' }, ['mail-1', 'mail-2']],
      [{ error: 'aaa', queue: 'low' }, ['mail-2']],
      [{ olderThanMs: 600_000 }, ['mail-1', 'mail-2', 'file-1']],
      [{ olderThanMs: 600_000, kind: 'mail.send', limit: 1 }, ['mail-1']],
      [{ kind: 'nobody' }, []],
    ])('%j is the same for a count, a list, an export and a purge', async (filter, ids) => {
      const { meant, total, sample } = await inspect.countDead(filter);
      const found = await inspect.findDead({ limit: 100, ...filter });
      const lines: string[] = [];
      for await (const part of inspect.exportDead(filter)) lines.push(...part.lines);
      const before = await deadIds();
      const purged = await operate.purgeDeadMeant(filter);

      expect({ meant, total }).toEqual({ meant: ids.length, total: 4 });
      expect(sample.map(({ id }) => id).slice(0, ids.length)).toEqual(ids);
      expect(found.map(({ id }) => id)).toEqual(ids);
      expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(ids);
      expect(purged).toMatchObject({ applied: ids.length, isComplete: true, refused: NO_REFUSALS });
      expect(await deadIds()).toEqual(before.filter((id) => !ids.includes(id)));
    });
  });

  describe('purge', () => {
    it('goes through a large queue in steps, and tells how far it is', async () => {
      await plantMany(1_300);
      const seen: number[] = [];

      const result = await operate.purgeDeadMeant({}, { onProgress: (progress) => seen.push(progress.seen) });

      expect(result).toEqual({ seen: 1_300, total: 1_300, applied: 1_300, isComplete: true, refused: NO_REFUSALS });
      expect(seen.length).toBeGreaterThan(4);
      expect(await deadIds()).toEqual([]);
    });

    it('ends after a step when it is told to, and goes on when it is called again', async () => {
      await plantMany(1_300);
      const stop = new AbortController();

      const first = await operate.purgeDeadMeant({}, { signal: stop.signal, onProgress: () => stop.abort() });
      const left = await deadIds();
      const second = await operate.purgeDeadMeant({});

      expect(first.isComplete).toBe(false);
      expect(first.applied).toBeGreaterThan(0);
      expect(left).toHaveLength(1_300 - first.applied);
      expect(second).toMatchObject({ applied: left.length, isComplete: true });
    });

    it('leaves alone what dies while it runs', async () => {
      await plantMany(300);

      await operate.purgeDeadMeant({}, { onProgress: () => void queue.first.dead('later', queue.nowMs + 60_000) });
      await waitUntil(async () => (await deadIds()).length > 0);

      expect(await deadIds()).toEqual(['later']);
    });

    it('takes an id that is no text, and reads no more than a page of large records at once', async () => {
      const id = Buffer.from([0xff, 0x00, 0x0a]);
      const { keys } = queue.last;
      await queue.test.redis.hset(keys.jobs, id, 'garbage');
      await queue.test.redis.zadd(keys.dead, 5, id);
      const payload = { text: 'x'.repeat(400_000) };
      for (const at of [1, 2, 3, 4]) await queue.last.dead(`large-${at}`, at, { payload });

      expect((await inspect.findDead({ limit: 10 })).map((job) => job.id.slice(0, 5))).toHaveLength(5);
      expect(await operate.purgeDeadMeant({ kind: 'test.noop' })).toMatchObject({ applied: 4 });
      expect(await operate.purgeDeadMeant({})).toMatchObject({ applied: 1, refused: NO_REFUSALS });
    });
  });

  describe('requeue', () => {
    it('sends back all, and counts what must stay dead', async () => {
      await plantMany(700);
      await queue.last.dead('garbage', 1, { record: 'garbage' });
      await queue.last.dead('retired', 1, { queue: 'retired' });

      const result = await operate.requeueDeadMeant({});

      expect(result).toMatchObject({
        applied: 700,
        isComplete: true,
        canary: null,
        refused: { gone: 0, unreadable: 1, 'unknown-queue': 1 },
      });
      expect(await readyCount()).toBe(700);
      expect(await deadIds()).toEqual(['garbage', 'retired']);
    });

    it('keeps the pace it was given, and can be ended while it waits', async () => {
      await plantMany(60);
      const stop = new AbortController();
      const startedMs = performance.now();

      const result = await operate.requeueDeadMeant(
        {},
        { perSecond: 100, signal: stop.signal, onProgress: ({ applied }) => applied >= 40 && stop.abort() },
      );

      expect(result).toMatchObject({ applied: 40, isComplete: false });
      expect(performance.now() - startedMs).toBeGreaterThanOrEqual(300);
      expect(await readyCount()).toBe(40);
    });

    it('sends a canary first and stops when one of it dies again', async () => {
      await plantMany(50);
      const { keys } = queue.first;

      const run = operate.requeueDeadMeant({}, { canary: 5 });
      await waitUntil(async () => (await readyCount()) === 5);
      const id = (await queue.test.redis.rpop(keys.ready('low'))) ?? '';
      await queue.test.redis.zadd(keys.dead, queue.nowMs + 60_000, id);

      expect(await run).toMatchObject({
        applied: 5,
        isComplete: true,
        canary: { sent: 5, completed: 0, diedAgain: 1, open: 4 },
      });
      expect(await readyCount()).toBe(4);
    });

    it('sends the others when all of the canary have completed', async () => {
      await plantMany(50);

      const run = operate.requeueDeadMeant({}, { canary: 2 });
      await waitUntil(async () => (await readyCount()) === 2);
      for (const { keys } of queue.planted) {
        for (const id of (await queue.test.redis.rpop(keys.ready('low'), 9)) ?? []) {
          await queue.test.redis.hset(keys.outcome, id, '1 1 w\n');
          await queue.test.redis.lpush(keys.completed, id);
        }
      }

      expect(await run).toMatchObject({
        applied: 50,
        canary: { sent: 2, completed: 2, diedAgain: 0, open: 0 },
      });
    });

    it('sends no more when the canary does not come to an end in time', async () => {
      await plantMany(50);

      const result = await operate.requeueDeadMeant({}, { canary: 3, canaryWaitMs: 1 });

      expect(result).toMatchObject({ applied: 3, canary: { sent: 3, open: 3 } });
      expect(await readyCount()).toBe(3);
    });

    it('watches a canary that is all there is', async () => {
      await plantMany(3);

      const result = await operate.requeueDeadMeant({}, { canary: 5, canaryWaitMs: 1 });

      expect(result).toMatchObject({ applied: 3, canary: { sent: 3, open: 3 } });
    });
  });
});
