import { claimJobs, ended, registerWorker, usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { LOST } from '../worker/worker-calls.js';
import { InspectService } from './inspect.service.js';
import { OperateService } from './operate.service.js';

const failed = (fingerprint: string, summary: string) => ({
  reason: 'retries-exhausted' as const,
  trail: [{ atMs: 1, workerId: 'w', what: 'error' as const, fingerprint, summary }],
});

describe.each([1, 3])('InspectService.deadGroups, %i partitions', (partitions) => {
  const queue = usePlantedQueue(partitions, { checkPlaces: false });
  let inspect: InspectService;
  let operate: OperateService;

  beforeEach(() => {
    const { runner, connections, options } = queue.scripts;
    inspect = new InspectService(runner, connections, options);
    operate = new OperateService(runner, options, connections);
  });

  it('is empty for a queue without dead jobs', async () => {
    expect(await inspect.deadGroups()).toEqual({ groups: [], total: 0, isIndexed: true });
  });

  it('counts jobs that died alike over all partitions, the largest group first', async () => {
    for (const [at, jobs] of queue.planted.entries()) {
      await jobs.dead(`mail-${at}`, 1_000 + at, { history: failed('aaa', 'SmtpError: 451 later') });
      await jobs.dead(`again-${at}`, 2_000 + at, { history: failed('aaa', 'SmtpError: 451 later') });
    }
    await queue.last.dead('lost', 5, { history: { reason: 'record-missing' }, record: null });
    await queue.test.redis.hset(
      queue.last.keys.failures,
      'aaa',
      '9 1 2\n{"errorClass":"SmtpError","message":"server said 451","stack":"SmtpError: x\\n    at send (mail.js:10:5)\\n"}',
    );

    const { groups, total, isIndexed } = await inspect.deadGroups();

    expect({ total, isIndexed }).toEqual({ total: 2 * partitions + 1, isIndexed: true });
    expect(groups).toEqual([
      {
        group: 'aaa',
        errorClass: 'SmtpError',
        message: expect.stringMatching(/451/),
        topFrame: partitions === 1 ? 'send (mail.js:10:5)' : expect.toSatisfy(() => true),
        count: 2 * partitions,
        firstDiedAtMs: 1_000,
        lastDiedAtMs: 2_000 + partitions - 1,
        sampleId: `again-${partitions - 1}`,
      },
      expect.objectContaining({ group: 'record-missing', errorClass: null, message: null, count: 1, sampleId: 'lost' }),
    ]);
  });

  it('stays exact through partial purges, requeues and the last of a group', async () => {
    for (const [at, id] of ['a', 'b', 'c', 'd'].entries())
      await queue.last.dead(id, at + 1, { history: failed('aaa', 'Error: no') });
    await queue.last.dead('other', 9, { history: failed('bbb', 'Error: other') });

    await operate.purgeDead([{ id: 'a', diedAtMs: 1 }]);
    await operate.requeueDead([{ id: 'd', diedAtMs: 4 }]);
    const partly = await inspect.deadGroups();
    await operate.purgeDead([{ id: 'other', diedAtMs: 9 }]);

    expect(partly.groups).toMatchObject([
      { group: 'aaa', count: 2, firstDiedAtMs: 2, lastDiedAtMs: 3, sampleId: 'c' },
      { group: 'bbb', count: 1 },
    ]);
    expect((await inspect.deadGroups()).groups).toMatchObject([{ group: 'aaa', count: 2 }]);
  });

  it('reads more groups than one step takes', async () => {
    for (let at = 0; at < 230; at++) await queue.last.dead(`job-${at}`, at, { history: failed(`f${at}`, 'Error: no') });

    expect((await inspect.deadGroups()).groups).toHaveLength(230);
  });

  it('counts by reading all when a hand has changed the queue beside the index', async () => {
    await queue.first.dead('a', 1, { history: failed('aaa', 'Error: no') });
    await queue.last.dead('b', 2, { history: failed('aaa', 'Error: no') });
    await queue.test.redis.del(queue.last.keys.deadGroups);

    expect(await inspect.deadGroups()).toMatchObject({
      isIndexed: false,
      total: 2,
      groups: [{ group: 'aaa', errorClass: 'Error', message: 'no', count: 2, firstDiedAtMs: 1, lastDiedAtMs: 2 }],
    });
  });

  it('forgets the index with the last dead job, whatever stood in it', async () => {
    await queue.last.dead('a', 1);
    await queue.test.redis.zadd(queue.last.keys.deadGroups, 0, 'stray 000000000000001 x');

    await operate.purgeDead([{ id: 'a', diedAtMs: 1 }]);

    expect(await queue.test.redis.exists(queue.last.keys.deadGroups)).toBe(0);
  });
});

describe('the index of the dead', () => {
  const queue = usePlantedQueue(1);
  const entries = () => queue.test.redis.zrange(queue.first.keys.deadGroups, 0, '-1');

  it('is written by a bury, under the fingerprint of the last failure or else the reason, and by no retry', async () => {
    const worker = await registerWorker(queue);
    for (const id of ['failed', 'bare', 'retried', 'quoting']) await queue.first.ready(id);
    const claims = await claimJobs(worker, 4);
    const trail = (last: object) => `[{"atMs":1,"fingerprint":"old","summary":"x"},${JSON.stringify(last)}]`;
    const tails: Record<string, string> = {
      failed: `retries-exhausted 4 0 0 0\n${trail({ atMs: 2, fingerprint: 'new', summary: 'y' })}`,
      bare: 'record-missing 0 0 0 0\n[]',
      quoting: `timeout 1 0 0 0\n${trail({ atMs: 2, summary: 'he said ,"fingerprint":"evil" and "atMs":7' })}`,
    };
    const nobody = { verb: 'bury', queue: 2, delayMs: 0 } as const;

    const reply = await worker.fail(
      claims.map((claim) =>
        ended(
          claim,
          claim.jobId === 'retried'
            ? { verb: 'retry', queue: 2, delayMs: 60_000, historyTail: '- 1 0 0 0\n[]' }
            : { ...nobody, historyTail: tails[claim.jobId] ?? '' },
        ),
      ),
    );

    const at = reply === LOST ? '' : String(reply.nowMs).padStart(15, '0');
    expect(await entries()).toEqual([`new ${at} failed`, `record-missing ${at} bare`, `timeout ${at} quoting`]);
  });

  it('is written by a worker that leaves with a record that names no queue', async () => {
    const worker = await registerWorker(queue);
    await queue.first.ready('odd', { record: 'garbage' });
    await claimJobs(worker);

    await worker.leave();

    expect(await entries()).toEqual([expect.stringMatching(/^malformed-record \d{15} odd$/)]);
  });
});
