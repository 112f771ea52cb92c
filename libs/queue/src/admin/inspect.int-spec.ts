import { recordText, usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { InspectService } from './inspect.service.js';

describe.each([1, 3])('InspectService.overview, %i partitions', (partitions) => {
  // Plants jobs without a record on purpose, and counts the commands of the whole server.
  const queue = usePlantedQueue(partitions, { checkPlaces: false, isPrivate: true });
  let inspect: InspectService;

  beforeEach(() => {
    const { runner, connections, options } = queue.scripts;
    inspect = new InspectService(runner, connections, options);
  });

  it('is all zeros for a queue nobody used', async () => {
    const overview = await inspect.overview();

    const empty = { ready: 0, quarantined: 0, parked: 0, scheduled: 0, overdue: 0, oldestDueAgeMs: null, paused: null };
    expect(overview.queues).toEqual([
      { name: 'high', ...empty },
      { name: 'low', ...empty },
    ]);
    expect(overview).toMatchObject({
      partitions,
      prefix: queue.test.prefix(),
      processing: { total: 0, oldestAgeMs: null },
      dead: { total: 0, oldestAgeMs: null },
      completed: { total: 0 },
      breakers: [],
      workers: [],
    });
  });

  it('sums what the partitions hold, queue by queue', async () => {
    for (const [at, jobs] of queue.planted.entries()) {
      await jobs.ready(`ready-${at}`, { queue: 'high' });
      await jobs.scheduled(`later-${at}`, queue.nowMs + 60_000);
      await jobs.scheduled(`overdue-${at}`, queue.nowMs - 1_000);
      await jobs.dead(`dead-${at}`, queue.nowMs - 5_000 - at);
      await jobs.completed(`done-${at}`, `${queue.nowMs} 3 w\n`);
    }

    const overview = await inspect.overview();

    expect(overview.queues).toMatchObject([
      { name: 'high', ready: partitions, scheduled: 0, overdue: 0 },
      { name: 'low', ready: 0, scheduled: 2 * partitions, overdue: partitions },
    ]);
    expect(overview.dead.total).toBe(partitions);
    expect(overview.dead.oldestAgeMs).toBeGreaterThanOrEqual(5_000 + partitions - 1);
    expect(overview.completed.total).toBe(partitions);
  });

  it('counts parked jobs with their queue and with the breaker of their kind', async () => {
    for (const jobs of queue.planted) {
      await jobs.parked('a' + jobs.keys.tag, { kind: 'mail.send', queue: 'high' });
      await jobs.parked('b' + jobs.keys.tag, { kind: 'mail.send' });
      await jobs.ready('c' + jobs.keys.tag);
      await jobs.breaker('mail.send', jobs === queue.planted[0] ? 'half-open' : 'open', { queues: ['high', 'low'] });
    }

    const { queues, breakers } = await inspect.overview();

    expect(queues).toMatchObject([
      { name: 'high', ready: partitions, parked: partitions },
      { name: 'low', ready: 2 * partitions, parked: partitions },
    ]);
    expect(queues[0]!.oldestDueAgeMs).toBeGreaterThan(0);
    const state = partitions === 1 ? 'half-open' : 'open';
    expect(breakers).toEqual([{ kind: 'mail.send', state, parked: 2 * partitions }]);
  });

  it('tells the age of the oldest due job: by creation, by its last due time, or of an overdue one', async () => {
    await queue.first.ready('by-creation', { queue: 'high', createdAtMs: queue.nowMs - 50_000 });
    await queue.last.ready('by-due-time', {
      queue: 'low',
      createdAtMs: queue.nowMs - 90_000,
      history: { dueAtMs: queue.nowMs - 20_000 },
    });

    const [high, low] = (await inspect.overview()).queues;
    expect(within(high?.oldestDueAgeMs, 50_000)).toBe(true);
    expect(within(low?.oldestDueAgeMs, 20_000)).toBe(true);

    await queue.last.scheduled('overdue', queue.nowMs - 30_000, { createdAtMs: queue.nowMs - 900_000 });
    expect(within((await inspect.overview()).queues[1]?.oldestDueAgeMs, 30_000)).toBe(true);
  });

  it('shows a pause that any partition has', async () => {
    await queue.test.redis.hset(
      queue.last.keys.paused,
      'low',
      JSON.stringify({ reason: 'deploy', by: 'ann', untilMs: 5 }),
    );
    await queue.test.redis.hset(queue.last.keys.paused, 'high', 'by hand');

    const { queues } = await inspect.overview();

    expect(queues.map(({ paused }) => paused)).toEqual([
      { reason: 'by hand', by: '', untilMs: null },
      { reason: 'deploy', by: 'ann', untilMs: 5 },
    ]);
  });

  it('lists workers with lease, jobs held and their age, revoked ones too', async () => {
    await queue.first.worker('w-live', queue.nowMs + 20_000);
    await queue.first.processing('held', 'w-live', queue.nowMs - 7_000);
    await queue.first.processing('held-later', 'w-live', queue.nowMs - 1_000);
    await queue.last.revoked('w-gone', queue.nowMs);
    await queue.last.processing('lost', 'w-gone', queue.nowMs - 40_000);

    const { workers, processing } = await inspect.overview();

    expect(workers).toMatchObject([
      {
        workerId: 'w-live',
        partition: 0,
        host: 'web-7',
        pid: 42,
        version: '1.2.3',
        queues: ['high', 'low'],
        slots: 16,
        revoked: false,
        heldJobs: 2,
      },
      { workerId: 'w-gone', partition: partitions - 1, host: '', leaseRemainingMs: 0, revoked: true, heldJobs: 1 },
    ]);
    expect(within(workers[0]?.oldestHeldAgeMs, 7_000)).toBe(true);
    expect(workers[0]?.leaseRemainingMs).toBeGreaterThan(15_000);
    expect(processing.total).toBe(3);
    expect(within(processing.oldestAgeMs, 40_000)).toBe(true);
  });

  it('leaves out a worker that left between the two looks', async () => {
    await queue.test.redis.zadd(queue.first.keys.workers, queue.nowMs + 20_000, 'just-left');

    expect((await inspect.overview()).workers).toEqual([]);
  });

  it('looks at more workers than one step takes', async () => {
    const names = Array.from({ length: 450 }, (_, at) => `w-${at}`);
    await Promise.all(names.map((name) => queue.last.worker(name, queue.nowMs + 10_000)));

    expect((await inspect.overview()).workers).toHaveLength(450);
  });

  it('reads facts of the server and shows no password', async () => {
    const { redis, address } = await inspect.overview();

    expect(redis.version).toMatch(/^\d+\.\d+/);
    expect(redis.usedMemoryBytes).toBeGreaterThan(100_000);
    expect(redis).toMatchObject({ maxMemoryBytes: 0, evictionPolicy: 'noeviction' });
    expect(address).toBe(`${queue.test.addr}/0`);
  });

  it('asks a bounded number of commands, however much is stored', async () => {
    const ids = Array.from({ length: 5_000 }, (_, at) => `job-${at}`);
    await queue.test.redis.lpush(queue.first.keys.ready('low'), ...ids);
    await queue.test.redis.hset(queue.first.keys.jobs, Object.fromEntries(ids.map((id) => [id, recordText()])));
    await inspect.peek({ place: 'ready', count: 10 });
    await inspect.findJob('job-4999');
    await queue.test.redis.config('RESETSTAT');

    await inspect.peek({ place: 'ready', count: 10 });
    await inspect.findJob('job-4999');
    await inspect.overview();

    const stats = await queue.test.redis.info('commandstats');
    const calls = (command: string) => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
    expect(calls('keys') + calls('scan')).toBe(0);
    expect(calls('lpos')).toBe(2 * (partitions - 1)); // two queues, where the id has no record; each reads 1000 at most
    expect(calls('hget')).toBeLessThan(30 + 20 * partitions);
  });
});

function within(age: number | null | undefined, expectedMs: number): boolean {
  return age !== null && age !== undefined && age >= expectedMs && age < expectedMs + 15_000;
}
