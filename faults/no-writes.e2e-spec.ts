import { setTimeout as sleep } from 'node:timers/promises';
import { useRedis, waitUntil } from '@app/testing';
import { describe, expect } from 'vitest';
import { faultTest } from './fault-test.js';
import { ledgerNowMs } from './ledger.js';
import { BACK_MS, isLong, WORKER } from './scale.js';
import { useFleet } from './use-fleet.js';
import type { JobGroup } from './workload/workload-options.js';

const AWAY_MS = isLong ? 15_000 : 1_500;
const SECONDS = AWAY_MS / 1_000 + 4;
const LOAD: JobGroup[] = [
  { count: SECONDS * 30, kind: 'test.sleep', payload: { ms: 100 } },
  { count: SECONDS * 20, kind: 'test.noop', options: { queue: 'high' } },
];
/** While it loads, each of these keys takes so long. */
const LOADING_KEYS = 2_000;
const LOADING_US_A_KEY = (AWAY_MS * 1_000) / LOADING_KEYS;

describe('a Redis that answers, but does not serve', () => {
  const slowLoad = ['--key-load-delay', String(LOADING_US_A_KEY), '--loading-process-events-interval-bytes', '1024'];
  const test = useRedis({ appendfsync: 'always', extraArgs: slowLoad });
  const fleet = useFleet(test);

  const becomeReplica = async (mayServeStaleData: 'yes' | 'no') => {
    await test.redis.config('SET', 'replica-serve-stale-data', mayServeStaleData);
    await test.redis.replicaof('127.0.0.1', 1); // nobody is there: the data stays
    await sleep(AWAY_MS); // the fault itself
    await test.redis.replicaof('NO', 'ONE');
  };
  const loadSlowly = async () => {
    await test.redis.eval(`for i = 1, ${LOADING_KEYS} do redis.call('SET', '{filler}:' .. i, i) end`, 0);
    await test.redis.bgrewriteaof();
    await waitUntil(async () => /aof_rewrite_in_progress:0/.test(await test.redis.info('persistence')));
    await test.kill();
    await test.restart();
    await test.redis.eval(`for i = 1, ${LOADING_KEYS} do redis.call('DEL', '{filler}:' .. i) end`, 0);
  };

  for (const [word, fault] of [
    ['READONLY', () => becomeReplica('yes')],
    ['MASTERDOWN', () => becomeReplica('no')],
    ['LOADING', loadSlowly],
  ] as const) {
    faultTest(
      'no-writes',
      `${word}: ends no process, loses nothing, and workers are back in time`,
      async (evidence) => {
        const workers = await fleet.startWorkers(2, WORKER);
        const producer = await fleet.startProducer(LOAD, { perSecond: 50 });
        await fleet.waitForLines('accepted', 40);

        await fault();

        const tookMs = await fleet.waitForLineAfter('accepted', ledgerNowMs());
        expect((await producer.ended).code).toBe(0);
        await fleet.waitUntilIdle(30_000);
        const { figures } = await evidence.judge(fleet);
        evidence.add({ 'finished jobs re-run': figures.rerunsOfEnded, 'back after, ms': tookMs });
        expect(workers.every(({ isAlive }) => isAlive)).toBe(true);
        expect(figures.rerunsOfEnded).toBe(0);
        expect(tookMs).toBeLessThan(BACK_MS);
      },
    );
  }
});
