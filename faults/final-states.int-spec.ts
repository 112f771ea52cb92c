import { describe, expect, it } from 'vitest';
import { historyText, QueueKeys, recordText, useRedis } from '@app/testing';
import { readFinalStates } from './final-states.js';

describe('readFinalStates', () => {
  const test = useRedis({ checkPlaces: false });

  it('tells where each job of every partition is, how it died, and whose ack was taken', async () => {
    const [first, second] = [new QueueKeys(test.prefix(), 0), new QueueKeys(test.prefix(), 1)];
    await test.redis.hset(first.jobs, { done: recordText(), dead: recordText() });
    await test.redis.lpush(first.completed, 'done');
    await test.redis.hset(first.outcome, 'done', '99 5 w1\n{"sha256":"…"}');
    await test.redis.zadd(first.dead, 77, 'dead');
    await test.redis.hset(first.history, 'dead', historyText({ reason: 'timeout', attempts: 4 }));
    await test.redis.hset(second.jobs, 'waits', recordText());
    await test.redis.zadd(second.scheduled('low'), 1, 'waits');

    const { jobs, placeFaults } = await readFinalStates(test.redis, test.prefix(), 2);

    expect(placeFaults).toEqual([]);
    expect(jobs.get('done')).toMatchObject({ places: ['completed'], completedBy: 'w1' });
    expect(jobs.get('dead')).toMatchObject({
      places: ['dead'],
      diedAtMs: 77,
      history: { reason: 'timeout', attempts: 4 },
    });
    expect(jobs.get('waits')).toMatchObject({ places: ['scheduled:low'] });
  });

  it('shows both places of a job that is in two, and what has no record', async () => {
    const keys = new QueueKeys(test.prefix(), 0);
    await test.redis.lpush(keys.ready('low'), 'twin');
    await test.redis.zadd(keys.dead, 1, 'twin');

    const { jobs, placeFaults } = await readFinalStates(test.redis, test.prefix());

    expect(jobs.get('twin')?.places).toHaveLength(2);
    expect(placeFaults.join('\n')).toContain('twin: in ');
  });
});
