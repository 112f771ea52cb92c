import { QueueKeys, TcpProxy, useRedis, waitUntil } from '@app/testing';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { faultTest } from './fault-test.js';
import { isLong, WORKER } from './scale.js';
import { useClient } from './use-client.js';
import { useFleet } from './use-fleet.js';

const ROUNDS = isLong ? 20 : 3;

describe('an enqueue whose reply was lost', () => {
  const test = useRedis();
  const fleet = useFleet(test, { completed: { keepCount: 1 } });
  const openClient = useClient(test);
  let proxy: TcpProxy;
  beforeEach(async () => {
    proxy = await TcpProxy.start(test.addr);
  });
  afterEach(() => proxy.close());

  faultTest(
    'resent-enqueue',
    'runs its job once, also when it is gone before the call comes again',
    async (evidence) => {
      await fleet.startWorker(WORKER);
      const client = await openClient({ redis: { addr: proxy.addr } });
      const other = await openClient();
      const isGone = async (id: string) => (await test.redis.hexists(new QueueKeys(test.prefix(), 0).jobs, id)) === 0;
      const hasRun = (id: string) => fleet.linesOf('end').some(({ jobId }) => jobId === id);

      for (let round = 0; round < ROUNDS; round += 1) {
        const id = `round-${round}`;
        await client.enqueue('test.noop', {}, { id: `before-${round}` });
        proxy.hold('replies');
        const answer = client.enqueue('test.noop', {}, { id });
        await waitUntil(() => hasRun(id), { what: 'its run' });
        await other.enqueue('test.noop', {});
        await waitUntil(() => isGone(id), { what: 'its trim' });
        proxy.cut(); // the reply is lost: the client calls again
        proxy.release();

        expect(await answer).toMatchObject({ outcome: 'stored', id });
      }
      await fleet.waitUntilIdle(10_000);

      const runs = fleet.linesOf('start').filter(({ jobId }) => jobId.startsWith('round-'));
      evidence.add({ resent: ROUNDS, runs: runs.length });
      expect(runs).toHaveLength(ROUNDS);
    },
  );
});
