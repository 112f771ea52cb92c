import { useRedis } from '@app/testing';
import { describe, expect } from 'vitest';
import { runAdmin } from '../apps/admin/test/run-admin.js';
import { renderReport } from './checker.js';
import { faultTest } from './fault-test.js';
import { killAtRandom } from './random-kills.js';
import { isLong, SEED, WORKER } from './scale.js';
import { useFleet } from './use-fleet.js';

const SCALE = isLong ? { jobs: 6_000, forMs: 30_000, atLeast: 20 } : { jobs: 1_200, forMs: 6_000, atLeast: 3 };
const SLOW_CALL_MS = 50;

describe('bulk work of operators', () => {
  const test = useRedis({ isPrivate: true });
  const fleet = useFleet(test);

  faultTest(
    'admin-under-load',
    'under load and while workers die: every job is in one place or was purged, and no script call is long',
    async (evidence) => {
      await test.redis.config('SET', 'slowlog-log-slower-than', String(SLOW_CALL_MS * 1_000));
      const members = await fleet.startWorkers(3, WORKER);
      const producer = await fleet.startProducer(
        [
          { count: SCALE.jobs * 0.4, kind: 'test.sleep', payload: { ms: 60 } },
          { count: SCALE.jobs * 0.4, kind: 'test.noop', options: { queue: 'high' } },
          { count: SCALE.jobs * 0.2, kind: 'test.fail', options: { maxRetries: 0 }, fate: 'dies' },
        ],
        { perSecond: (SCALE.jobs / SCALE.forMs) * 1_200 },
      );

      const operator = operateUntil(() => !producer.isAlive);
      const kills = await killAtRandom(members, () => fleet.startWorker(WORKER), {
        ...SCALE,
        survivors: 1,
        pauseMs: [300, 1_500],
        seed: SEED,
      });
      expect((await producer.ended).code).toBe(0);
      const { rounds, purged, requeued } = await operator;
      await fleet.waitUntilIdle(120_000);

      const report = await fleet.check();
      console.log(`kills ${kills}, purged ${purged}, requeued ${requeued}\n${renderReport(report)}`);
      const others = report.violations.filter(({ rule }) => rule !== 'lost');
      const slowCalls = await slowScriptCalls();
      evidence.add({
        jobs: report.figures.stored,
        kills,
        rounds,
        purged,
        requeued,
        'missing without a purge': report.counts.lost - purged,
        'script calls over 50 ms': slowCalls.length,
      });
      expect(others).toEqual([]);
      expect(report.counts.lost).toBe(purged);
      expect(Math.min(purged, requeued, kills)).toBeGreaterThan(0);
      expect(slowCalls).toEqual([]);
    },
    240_000,
  );

  /** Pauses, purges and sends back, again and again; the last word is that nothing is paused. */
  async function operateUntil(isOver: () => boolean) {
    const sum = { rounds: 0, purged: 0, requeued: 0 };
    for (; !isOver(); sum.rounds += 1) {
      await admin('queue', 'pause', 'high', '--reason=faults');
      sum.purged += await admin('queue', 'purge', 'high', '--kind=test.noop', '--yes', '--reason=faults');
      await admin('queue', 'resume', 'high');
      sum.requeued += await admin('dlq', 'requeue', '--limit=50', '--yes', '--reason=faults');
      sum.purged += await admin('purge-dlq', '--limit=50', '--yes', '--reason=faults');
    }
    return sum;
  }

  /** How many jobs it was applied to. */
  async function admin(...args: string[]): Promise<number> {
    const settings = { REDIS_ADDR: test.addr, REDIS_PASSWORD: test.password, QUEUE_PREFIX: test.prefix() };
    const { code, stdout, stderr } = await runAdmin([...args, '--json'], settings);
    if (code !== 0) throw new Error(`admin ${args.join(' ')} ended with ${code}: ${stderr}`);
    return (JSON.parse(stdout) as { applied?: number }).applied ?? 0;
  }

  async function slowScriptCalls(): Promise<string[]> {
    const entries = (await test.redis.slowlog('GET', '1000')) as [number, number, number, string[]][];
    const calls = entries.filter(([, , , command]) => /^evalsha/i.test(command[0] ?? ''));
    return calls.map(([, , tookUs, command]) => `${tookUs} µs: ${command.slice(0, 6).join(' ')}`);
  }
});
