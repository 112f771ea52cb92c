import { EnqueueRefusedError } from '@app/queue';
import { useRedis } from '@app/testing';
import { describe, expect } from 'vitest';
import { faultTest } from './fault-test.js';
import { isLong, WORKER } from './scale.js';
import { useClient } from './use-client.js';
import { useFleet } from './use-fleet.js';

const JOBS = isLong ? 2_000 : 300;

describe('a Redis without memory', () => {
  const test = useRedis({ isPrivate: true });
  const fleet = useFleet(test);
  const openClient = useClient(test);

  faultTest('full-memory', 'refuses new jobs by a typed error, and the backlog drains', async (evidence) => {
    await fleet.enqueue(
      { count: JOBS, kind: 'test.sleep', payload: { ms: 20 } },
      { count: JOBS / 10, kind: 'test.fail', options: { maxRetries: 1 }, fate: 'dies' },
    );
    const client = await openClient();
    await fleet.startWorker({ ...WORKER, count: 4 });
    await fleet.waitForLines('accepted', 10);

    await test.redis.config('SET', 'maxmemory', '1mb'); // below what is in use
    const refusal: unknown = await client.enqueue('test.noop', {}).catch((error: unknown) => error);
    await fleet.startWorker({ ...WORKER, count: 4 }); // a deploy in the middle of it
    await fleet.waitUntilIdle(60_000);

    expect(refusal).toBeInstanceOf(EnqueueRefusedError);
    expect(refusal).toMatchObject({ code: 'enqueue-refused', reason: 'out-of-memory' });
    const { figures } = await evidence.judge(fleet);
    evidence.add({ 'drained without memory': figures.completed + figures.dead });
    expect(figures).toMatchObject({ completed: JOBS, dead: JOBS / 10, rerunsOfEnded: 0 });
    await test.redis.config('SET', 'maxmemory', '0');
    expect(await client.enqueue('test.noop', {})).toMatchObject({ outcome: 'stored' });
  });
});
