import { usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { JobNotFoundError } from '../errors/job-not-found.error.js';
import type { ScriptRunner } from '../redis/script-runner.js';
import { InspectService } from './inspect.service.js';

const SECRET_MAIL = { kind: 'mail.send', payload: { to: 'secret@example.org' } };

describe.each([1, 3])('InspectService.findJob, %i partitions', (partitions) => {
  // Several tests plant jobs without a record on purpose.
  const queue = usePlantedQueue(partitions, { checkPlaces: false });
  let inspect: InspectService;

  beforeEach(() => {
    const { runner, connections, options } = queue.scripts;
    inspect = new InspectService(runner, connections, options);
  });

  it('finds a job in each of its states', async () => {
    await queue.last.ready('ready', SECRET_MAIL);
    await queue.last.scheduled('scheduled', queue.nowMs + 5_000, { queue: 'high' });
    await queue.first.worker('w-1', queue.nowMs + 20_000);
    await queue.last.worker('w-2', queue.nowMs + 20_000);
    await queue.last.processing('processing', 'w-2', queue.nowMs, { queue: 'high' });
    await queue.last.dead('dead', queue.nowMs - 9, { history: { reason: 'timeout', attempts: 2, snoozes: 1 } });
    await queue.last.completed('completed', `${queue.nowMs} 12 w-9\n[1]`);

    const partition = partitions - 1;
    expect(await inspect.findJob('ready')).toMatchObject({
      state: 'ready',
      partition,
      queue: 'low',
      kind: 'mail.send',
      claim: null,
      attempts: 0,
    });
    expect(await inspect.findJob('scheduled')).toMatchObject({
      state: 'scheduled',
      partition,
      queue: 'high',
      runAtMs: queue.nowMs + 5_000,
    });
    expect(await inspect.findJob('processing')).toMatchObject({
      state: 'processing',
      claim: { workerId: 'w-2', claimedAtMs: queue.nowMs, revoked: false },
    });
    expect(await inspect.findJob('dead')).toMatchObject({
      state: 'dead',
      death: { diedAtMs: queue.nowMs - 9, reason: 'timeout' },
      attempts: 2,
      snoozes: 1,
    });
    expect(await inspect.findJob('completed')).toMatchObject({
      state: 'completed',
      outcome: { finishedAtMs: queue.nowMs, durationMs: 12, workerId: 'w-9', result: [1] },
    });
  });

  it('finds a job that is being taken back from a revoked worker', async () => {
    await queue.last.worker('w-1', queue.nowMs + 20_000);
    await queue.last.revoked('w-2', queue.nowMs);
    await queue.last.processing('lost', 'w-2', queue.nowMs);

    expect(await inspect.findJob('lost')).toMatchObject({
      state: 'processing',
      claim: { workerId: 'w-2', revoked: true },
    });
  });

  it('joins the stored errors to the trail', async () => {
    const trail = [
      { atMs: 1, workerId: 'w', what: 'error', fingerprint: 'abc123', summary: 'Error: no' },
      { atMs: 2, workerId: 'w', what: 'crash', summary: 'the lease was lost' },
      { atMs: 3, workerId: 'w', what: 'error', fingerprint: 'def456', summary: 'Error: not kept' },
    ] as const;
    await queue.last.dead('dead', 4, { history: { trail } });
    const error = { errorClass: 'Error', message: 'no', stack: 'Error: no\n    at x' };
    await queue.test.redis.hset(queue.last.keys.failures, 'abc123', `7 1 9\n${JSON.stringify(error)}`);

    const job = await inspect.findJob('dead');

    expect(job.trail.map(({ failure }) => failure)).toEqual([
      { ...error, count: 7, firstSeenMs: 1, lastSeenMs: 9 },
      null,
      null,
    ]);
  });

  it('shows a job without a record wherever it sits, a ready list included', async () => {
    await queue.last.ready('in-ready', { record: null, queue: 'high' });
    await queue.last.scheduled('in-scheduled', queue.nowMs, { record: null });
    await queue.last.dead('in-dead', queue.nowMs, { record: null });

    expect(await inspect.findJob('in-ready')).toMatchObject({ state: 'ready', queue: 'high', kind: null });
    expect(await inspect.findJob('in-scheduled')).toMatchObject({ state: 'scheduled', queue: 'low' });
    const dead = await inspect.findJob('in-dead');
    expect(dead).toMatchObject({ state: 'dead', queue: null, record: { bytes: 0 } });
    expect(dead.record.read()).toMatchObject({ isReadable: false, fault: 'record-missing' });
  });

  it('shows the raw text of a record it cannot read, and of one from a newer build', async () => {
    await queue.last.dead('garbage', 1, { record: '1 5 low mail.send\n{"payload":' });
    await queue.last.ready('newer', { record: '2 5 low mail.send\n{}' });

    const garbage = await inspect.findJob('garbage');
    const newer = await inspect.findJob('newer');

    expect(garbage).toMatchObject({ queue: 'low', kind: 'mail.send', createdAtMs: 5 });
    expect(garbage.record.read()).toMatchObject({
      isReadable: false,
      fault: 'malformed-record',
      text: expect.stringContaining('{"payload":'),
    });
    expect(newer.record.read()).toMatchObject({ isReadable: false, fault: 'unknown-version' });
  });

  it('finds a scheduled job of a queue that is no longer configured', async () => {
    await queue.last.scheduled('old', queue.nowMs, { queue: 'retired' });

    expect(await inspect.findJob('old')).toMatchObject({ state: 'scheduled', queue: 'retired' });
  });

  it('never shows a payload that was not asked for', async () => {
    await queue.last.ready('job', SECRET_MAIL);

    expect(JSON.stringify(await inspect.findJob('job'))).not.toContain('secret@example.org');
  });

  it('says that no partition knows an id', async () => {
    await expect(inspect.findJob('nowhere')).rejects.toBeInstanceOf(JobNotFoundError);
  });

  it.each([
    ['one more', ['w-1'], ['w-1', 'w-2']],
    ['one less', ['w-1', 'w-2'], ['w-1']],
    ['another', ['w-1'], ['w-2']],
  ])('find-job answers again when the workers are others by now: %s', async (_, known, present) => {
    const { keys } = queue.last;
    for (const name of present) await queue.last.worker(name, queue.nowMs + 20_000);
    const fixed = [keys.jobs, keys.history, keys.outcome, keys.dead, keys.workers, keys.revoked, keys.failures];

    const reply = await queue.scripts.runner.run(
      'find-job',
      [...fixed, ...known.map((name) => keys.processing(name))],
      ['id', '0', ...known],
    );

    expect(reply).toBe('again');
  });

  it('looks again when a worker claims the job between the two steps', async () => {
    await queue.last.ready('job');
    const claimBy = async (workerId: string) => {
      await queue.test.redis.lrem(queue.last.keys.ready('low'), 0, 'job');
      await queue.last.worker(workerId, queue.nowMs + 20_000);
      await queue.last.processing('job', workerId, queue.nowMs);
    };

    const job = await inspectWhile(1, claimBy).findJob('job');

    expect(job).toMatchObject({ state: 'processing', claim: { workerId: 'w-0' } });
  });

  it('gives up, and says why, when workers come and go at every look', async () => {
    await queue.last.ready('job');
    const register = (workerId: string) => queue.last.worker(workerId, queue.nowMs + 20_000);

    await expect(inspectWhile(100, register).findJob('job')).rejects.toThrow('workers came and went');
  });

  /** An InspectService with something happening in the last partition after the first step of its first `times` look-ups. */
  function inspectWhile(times: number, happens: (workerId: string) => Promise<void>): InspectService {
    const { runner, connections, options } = queue.scripts;
    let count = 0;
    const disturbed: ScriptRunner = Object.create(runner, {
      run: {
        value: async (...[name, keys, args]: Parameters<ScriptRunner['run']>) => {
          const reply = await runner.run(name, keys, args);
          if (name === 'locate-job' && keys[0] === queue.last.keys.jobs && count < times) await happens(`w-${count++}`);
          return reply;
        },
      },
    });
    return new InspectService(disturbed, connections, options);
  }
});
