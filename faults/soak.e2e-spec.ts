import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { TcpProxy, useRedis } from '@app/testing';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { faultTest } from './fault-test.js';
import type { Member } from './fleet.js';
import { seededRandom } from './random-kills.js';
import { isLong, SEED } from './scale.js';
import { hurtUntil, REDIS_FAULTS, WORKER_FAULTS, type SoakTargets } from './soak-faults.js';
import { growthOfSecondHalf, type Sample } from './trend.js';
import { useFleet, type QueueSettings } from './use-fleet.js';
import type { JobGroup } from './workload/workload-options.js';

const FOR_MS = Number(process.env.FAULTS_SOAK_MS ?? (isLong ? 120_000 : 10_000));
const PER_SECOND = isLong ? 200 : 100;
const PAUSE_MS: [number, number] = isLong ? [500, 5_000] : [200, 1_000];
/** The default, or one whose end a short test can wait for. */
const LEASE_MS = isLong ? 30_000 : 5_000;
const SAMPLE_MS = 2_000;
/** A shorter soak says nothing about memory. */
const TREND_FROM_MS = 240_000;
const MOST_GROWTH = 0.1;

const { 'connections half-open': _, ...SHORT_REDIS_FAULTS } = REDIS_FAULTS; // found after 10 s: longer than a short lease

function load(): JobGroup[] {
  const jobs = (FOR_MS / 1_000) * PER_SECOND;
  const share = (part: number) => Math.round(jobs * part);
  return [
    { count: share(0.5), kind: 'test.noop' },
    { count: share(0.3), kind: 'test.sleep', payload: { ms: 30 }, options: { queue: 'high' } },
    { count: share(0.15), kind: 'test.sleep', payload: { ms: 200 } },
    { count: share(0.01), kind: 'test.sleep', payload: { ms: 4_000 } },
    { count: share(0.04), kind: 'test.fail', options: { maxRetries: 2 }, fate: 'dies' },
  ];
}

describe('a soak', () => {
  const test = useRedis({ appendfsync: 'always' });
  const behindProxy: QueueSettings = {};
  let proxy: TcpProxy;
  beforeEach(async () => {
    proxy = await TcpProxy.start(test.addr);
    Object.assign(behindProxy, { redis: { addr: proxy.addr } });
  });
  const fleet = useFleet(test, behindProxy);
  afterEach(() => proxy.close());

  faultTest(
    'soak',
    `with faults of all kinds for ${FOR_MS / 1_000} s breaks no promise, and nothing grows`,
    async (evidence) => {
      const respawn = () => fleet.startWorker({ heartbeatTtlMs: LEASE_MS });
      const witness = await respawn(); // never hurt itself: the memory of one that is young says nothing
      const victims = [await respawn(), await respawn()];
      const random = seededRandom(SEED);
      const targets: SoakTargets = { redis: test, proxy, victims, respawn, leaseMs: LEASE_MS, random };
      const producer = await fleet.startProducer(load(), { perSecond: PER_SECOND });
      const untilMs = performance.now() + FOR_MS;
      const isOver = () => performance.now() >= untilMs;

      const [workerFaults, redisFaults, samples] = await Promise.all([
        hurtUntil(isOver, WORKER_FAULTS, targets, PAUSE_MS),
        hurtUntil(isOver, isLong ? REDIS_FAULTS : SHORT_REDIS_FAULTS, targets, PAUSE_MS),
        sampleUntil(isOver, witness),
      ]);
      expect((await producer.ended).code).toBe(0);
      await fleet.waitUntilIdle(180_000);

      const faults = { ...workerFaults, ...redisFaults };
      console.log(`seed ${SEED}`, faults);
      const { figures } = await evidence.judge(fleet);
      evidence.add({
        'for, min': Math.round(FOR_MS / 6_000) / 10,
        faults: Object.values(faults).reduce((sum, count) => sum + count, 0),
        'slowest recovery, ms': figures.slowestRecoveryMs,
        'memory growth, %': percent(samples.rss),
        'keys growth, %': percent(samples.keys),
      });
      expect(figures.completed).toBeGreaterThan(0);
      expect(figures.queued).toBe(0);
      if (FOR_MS < TREND_FROM_MS) return;
      expect(growthOfSecondHalf(samples.rss)).toBeLessThan(MOST_GROWTH);
      expect(growthOfSecondHalf(samples.keys)).toBeLessThan(MOST_GROWTH);
    },
    FOR_MS + 400_000,
  );

  async function sampleUntil(isOver: () => boolean, worker: Member): Promise<{ rss: Sample[]; keys: Sample[] }> {
    const samples = { rss: [] as Sample[], keys: [] as Sample[] };
    while (!isOver()) {
      const atMs = performance.now();
      samples.rss.push({ atMs, value: await rssOf(worker.pid) });
      samples.keys.push({ atMs, value: await test.redis.dbsize() });
      await sleep(SAMPLE_MS);
    }
    return samples;
  }
});

async function rssOf(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
  return Number(stdout) * 1_024;
}

function percent(samples: readonly Sample[]): number {
  return Math.round(growthOfSecondHalf(samples) * 1_000) / 10;
}
