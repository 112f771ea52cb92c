import { usePlantedQueue } from '@app/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { QueueError } from '../errors/queue-error.js';
import { InspectService } from './inspect.service.js';

describe.each([1, 3])('InspectService.listDead, %i partitions', (partitions) => {
  // Several tests plant jobs without a record on purpose.
  const queue = usePlantedQueue(partitions, { checkPlaces: false });
  let inspect: InspectService;

  beforeEach(() => {
    const { runner, connections, options } = queue.scripts;
    inspect = new InspectService(runner, connections, options);
  });

  it('pages through all of them, oldest first, also when many died in the same millisecond', async () => {
    const expected: string[] = [];
    for (let at = 0; at < 23; at++) {
      await queue.planted[at % partitions]!.dead(`job-${at}`, at < 12 ? 1_000 : 1_001, { queue: 'high' });
      expected.push(`job-${at}`);
    }

    const pages = await allPages(inspect, 5);

    expect(pages.map((page) => page.length)).toEqual([5, 5, 5, 5, 3]);
    expect(
      pages
        .flat()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(expected.sort());
    expect(pages.flat().map(({ diedAtMs }) => diedAtMs)).toEqual([...Array(12).fill(1_000), ...Array(11).fill(1_001)]);
    expect(pages[0]?.[0]).toMatchObject({
      queue: 'high',
      kind: 'test.noop',
      reason: 'unrecoverable',
      attempts: 0,
      lastFailure: null,
    });
  });

  it('neither repeats nor skips when the last entry of a page is gone by the next', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) await queue.last.dead(id, 7);
    const page = await inspect.listDead({ limit: 3 });
    await queue.test.redis.zrem(queue.last.keys.dead, 'a', 'c');

    const next = await inspect.listDead({ limit: 3, cursor: page.cursor ?? '' });

    expect(page.jobs.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(next).toMatchObject({ jobs: [{ id: 'd' }, { id: 'e' }], cursor: null });
  });

  it('tells the last failure of each', async () => {
    const trail = [{ atMs: 1, workerId: 'w', what: 'error', fingerprint: 'abc', summary: 'Error: no' }] as const;
    await queue.last.dead('job', 5, { history: { reason: 'retries-exhausted', attempts: 4, trail } });

    const { jobs } = await inspect.listDead();

    expect(jobs).toMatchObject([
      {
        id: 'job',
        diedAtMs: 5,
        attempts: 4,
        reason: 'retries-exhausted',
        lastFailure: 'Error: no',
        fingerprint: 'abc',
      },
    ]);
  });

  it.each(['nonsense', Buffer.from('[1]').toString('base64url'), Buffer.from('[null,null]').toString('base64url')])(
    'refuses a strange cursor: %s',
    async (cursor) => {
      await expect(inspect.listDead({ cursor })).rejects.toBeInstanceOf(QueueError);
    },
  );
});

async function allPages(inspect: InspectService, limit: number) {
  const pages = [];
  let cursor: string | null | undefined;
  do {
    const page = await inspect.listDead({ limit, ...(cursor ? { cursor } : {}) });
    pages.push(page.jobs);
    cursor = page.cursor;
  } while (cursor);
  return pages;
}
