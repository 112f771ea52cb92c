import { registerWorker, usePlantedQueue, waitUntil } from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openClient } from '../redis/redis-client.js';
import { HeartbeatWatch } from './heartbeat-watch.js';
import { LeaseKeeper } from './lease-keeper.js';

const LEASE_MS = 300;

describe('LeaseKeeper', () => {
  const queue = usePlantedQueue(1);
  let watch: HeartbeatWatch;
  let connections: number;
  let keeper: LeaseKeeper;
  let timer: NodeJS.Timeout;
  const deadline = async () => Number(await queue.test.redis.zscore(queue.first.keys.workers, 'w1'));

  function keep(maxBlockMs: number): void {
    const { redis, prefix } = queue.scripts.options;
    const times = { leaseMs: LEASE_MS, deadlineMs: 1_000, maxBlockMs };
    keeper = new LeaseKeeper({ redis, prefix, ...times, memory: watch.memory }, (special) => {
      connections++;
      return openClient(redis, special);
    });
    keeper.keep([{ partition: 0, workerId: 'w1' }]);
    timer = setInterval(() => void keeper.look(), 10);
  }

  beforeEach(async () => {
    await registerWorker(queue, { heartbeatTtlMs: LEASE_MS });
    watch = new HeartbeatWatch();
    watch.tick();
    watch.renewed();
    connections = 0;
  });
  afterEach(() => {
    clearInterval(timer);
    keeper.keep([]);
    return keeper.look();
  });

  it('renews again and again when the main thread has not, over one connection', async () => {
    const first = await deadline();

    keep(60_000);

    await waitUntil(async () => (await deadline()) > first + 3 * LEASE_MS, { what: 'many renewals' });
    expect(connections).toBe(1);
  });

  it('leaves it to the main thread while that renews', async () => {
    const first = await deadline();
    const main = setInterval(() => watch.renewed(), 10);

    keep(60_000);
    await waitUntil(async () => Number((await queue.test.redis.time())[0]) * 1_000 > first + 2_000);

    clearInterval(main);
    expect({ deadline: await deadline(), connections }).toEqual({ deadline: first, connections: 0 });
  });

  it('stops when the main loop has not turned for max_block, and goes on when it turns again', async () => {
    keep(200);
    await waitUntil(() => watch.tickMsAgo > 400);
    const last = await deadline();
    await waitUntil(() => watch.tickMsAgo > 1_200);
    expect(await deadline()).toBe(last);

    watch.tick();

    await waitUntil(async () => (await deadline()) > last, { what: 'another renewal' });
  });

  it('never brings back a worker that was revoked', async () => {
    await queue.test.redis.zrem(queue.first.keys.workers, 'w1');

    keep(60_000);
    await waitUntil(() => connections > 0);
    await keeper.look();

    expect(await queue.test.redis.exists(queue.first.keys.workers)).toBe(0);
  });
});
