import { usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { InspectService } from './inspect.service.js';

const SECRET_MAIL = { kind: 'mail.send', payload: { to: 'secret@example.org' } };

describe.each([1, 3])('InspectService.peek, %i partitions', (partitions) => {
  // Several tests plant jobs without a record on purpose.
  const queue = usePlantedQueue(partitions, { checkPlaces: false });
  let inspect: InspectService;

  beforeEach(() => {
    const { runner, connections, options } = queue.scripts;
    inspect = new InspectService(runner, connections, options);
  });

  it('shows ready jobs in the order they will run, no more than asked for', async () => {
    for (let at = 0; at < 6; at++) {
      await queue.planted[at % partitions]!.ready(`job-${at}`, { queue: 'high', createdAtMs: 1_000 + at });
    }

    const jobs = await inspect.peek({ place: 'ready', queue: 'high', count: 4 });

    expect(jobs.map(({ id }) => id)).toEqual(['job-0', 'job-1', 'job-2', 'job-3']);
    expect(jobs[1]).toMatchObject({
      partition: 1 % partitions,
      state: 'ready',
      queue: 'high',
      createdAtMs: 1_001,
      atMs: 1_001,
    });
  });

  it.each(['right', 'left', 'lowest', 'highest'])('reads no more ids than asked for, from the %s', async (from) => {
    const { keys } = queue.last;
    const isList = from === 'right' || from === 'left';
    for (const id of ['a', 'b', 'c']) await (isList ? queue.last.ready(id) : queue.last.scheduled(id, 1));
    const place = isList ? keys.ready('low') : keys.scheduled('low');

    const rows = await queue.scripts.runner.run(
      'peek',
      [place, keys.jobs, keys.history, keys.outcome],
      [from, '2', '99'],
    );

    expect(rows).toHaveLength(2);
  });

  it('looks at all queues in order when none is named', async () => {
    await queue.first.ready('low-1', { queue: 'low' });
    await queue.last.ready('high-1', { queue: 'high' });
    await queue.first.ready('low-2', { queue: 'low', createdAtMs: 2 });

    const jobs = await inspect.peek({ place: 'ready', count: 2 });

    expect(jobs.map(({ id }) => id)).toEqual(['high-1', 'low-1']);
  });

  it('shows scheduled jobs by due time, dead and completed ones latest first', async () => {
    await queue.first.scheduled('second', 2_000);
    await queue.last.scheduled('first', 1_000);
    await queue.first.dead('died-early', 1_000, { history: { reason: 'timeout', attempts: 4 } });
    await queue.last.dead('died-late', 2_000);
    await queue.first.completed('done-early', '1000 5 w-1\n{"ok":true}');
    await queue.last.completed('done-late', '2000 7 w-2\n');

    const ids = async (place: 'scheduled' | 'dead' | 'completed') =>
      (await inspect.peek({ place, count: 10 })).map(({ id, atMs }) => `${id} ${atMs}`);

    expect(await ids('scheduled')).toEqual(['first 1000', 'second 2000']);
    expect(await ids('dead')).toEqual(['died-late 2000', 'died-early 1000']);
    expect(await ids('completed')).toEqual(['done-late 2000', 'done-early 1000']);
    const [, died] = await inspect.peek({ place: 'dead', count: 2 });
    expect(died).toMatchObject({ reason: 'timeout', attempts: 4 });
    const [, done] = await inspect.peek({ place: 'completed', count: 2 });
    expect(done?.outcome).toEqual({ finishedAtMs: 1_000, durationMs: 5, workerId: 'w-1', result: { ok: true } });
  });

  it('reads a payload only when asked, and of a large record only the start', async () => {
    await queue.last.ready('small', { ...SECRET_MAIL, queue: 'high' });
    await queue.last.ready('large', { kind: 'big', payload: 'x'.repeat(20_000), queue: 'high' });

    const [small, large] = await inspect.peek({ place: 'ready', queue: 'high', count: 5 });

    expect(JSON.stringify(small)).not.toContain('secret@example.org');
    expect(small?.record.read()).toMatchObject({ isReadable: true, job: SECRET_MAIL });
    expect(large).toMatchObject({ kind: 'big', record: { bytes: expect.any(Number) } });
    expect(large?.record.bytes).toBeGreaterThan(20_000);
    expect(large?.record.read()).toMatchObject({ isReadable: false, fault: 'cut' });
  });

  it('shows a job whose record is missing or unreadable', async () => {
    await queue.last.dead('no-record', 1, { record: null });
    await queue.last.dead('bad-record', 2, { record: 'garbage' });

    const jobs = await inspect.peek({ place: 'dead', count: 5 });

    expect(jobs.map(({ id, queue, record }) => [id, queue, record.read()])).toEqual([
      ['bad-record', null, { isReadable: false, fault: 'malformed-record', text: 'garbage' }],
      ['no-record', null, { isReadable: false, fault: 'record-missing', text: '' }],
    ]);
  });

  it.each([
    ['a queue that is not configured', { place: 'ready', queue: 'hihg', count: 1 }],
    ['nothing', { place: 'dead', count: 0 }],
    ['more than one call may read', { place: 'dead', count: 501 }],
  ] as const)('refuses %s', async (_, request) => {
    await expect(inspect.peek(request)).rejects.toMatchObject({ code: 'invalid-options' });
  });
});
