import { setTimeout as sleep } from 'node:timers/promises';
import { useRedis, waitUntil } from '@app/testing';
import { describe, expect } from 'vitest';
import { renderReport } from './checker.js';
import { faultTest } from './fault-test.js';
import { ledgerNowMs } from './ledger.js';
import { BACK_MS, isLong, WORKER } from './scale.js';
import { useClient } from './use-client.js';
import { useFleet } from './use-fleet.js';
import type { JobGroup } from './workload/workload-options.js';

type How = 'killed' | 'stopped' | 'frozen';
const LONG: [How, number][] = [
  ['killed', 1_000],
  ['killed', 15_000],
  ['stopped', 1_000],
  ['frozen', 1_000],
  ['frozen', 15_000],
];
const SHORT: [How, number][] = [['frozen', 1_000]];
const CASES = isLong ? LONG : SHORT;
const PER_SECOND = 50;

/** Enough to go on for a while after the outage. */
function load(awayMs: number): JobGroup[] {
  const seconds = awayMs / 1_000 + 4;
  return [
    { count: seconds * 20, kind: 'test.sleep', payload: { ms: 100 } },
    { count: seconds * 20, kind: 'test.noop', options: { queue: 'high' } },
    { count: seconds * 10, kind: 'test.sleep', payload: { ms: 700 } },
  ];
}

describe.each(['always', 'everysec'] as const)('a Redis that is away, with appendfsync %s', (appendfsync) => {
  const test = useRedis({ appendfsync });
  const fleet = useFleet(test);
  const openClient = useClient(test);
  const leave: Record<How, () => Promise<void>> = {
    killed: () => test.kill(),
    stopped: () => test.stop(),
    frozen: () => test.freeze(),
  };

  /** Settles when it is back, with the time of the ledger. */
  async function beAway(how: How, awayMs: number): Promise<number> {
    await leave[how]();
    await sleep(awayMs); // the outage itself
    await (how === 'frozen' ? test.thaw() : test.restart());
    return ledgerNowMs();
  }

  for (const [how, awayMs] of appendfsync === 'always' ? CASES : LONG.slice(0, isLong ? 2 : 1)) {
    const label = `${how} for ${awayMs / 1_000} s`;

    faultTest('redis-away', `${label}, busy: loses nothing, repeats nothing, and is back in time`, async (evidence) => {
      await fleet.startWorkers(2, WORKER);
      const producer = await fleet.startProducer(load(awayMs), { perSecond: PER_SECOND });
      await fleet.waitForLines('accepted', 40);

      const backMs = await beAway(how, awayMs);

      const tookMs = await fleet.waitForLineAfter('accepted', backMs);
      evidence.add({ 'back after, ms': tookMs });
      expect(tookMs).toBeLessThan(BACK_MS);
      expect((await producer.ended).code).toBe(0);
      await fleet.waitUntilIdle(60_000);
      if (appendfsync === 'everysec') return reportLoss();
      const { figures } = await evidence.judge(fleet);
      evidence.add({ 'finished jobs re-run': figures.rerunsOfEnded });
      expect(figures.rerunsOfEnded).toBe(0);

      // Redis may answer before it has written: what it forgets then is told, not judged.
      async function reportLoss(): Promise<void> {
        const report = await fleet.check();
        console.log(renderReport(report));
        evidence.add({
          'jobs (everysec)': report.figures.stored,
          'lost (everysec)': report.counts.lost,
          'finished jobs re-run (everysec)': report.figures.rerunsOfEnded,
        });
        expect(report.counts['two-places']).toBe(0);
        expect(report.figures.stored).toBeGreaterThan(0);
      }
    });
  }

  for (const [how, awayMs] of appendfsync === 'always' ? CASES : []) {
    faultTest('redis-away', `${how} for ${awayMs / 1_000} s, idle: workers claim again in time`, async (evidence) => {
      await fleet.startWorker(WORKER);
      const client = await openClient();
      await fleet.waitUntilWaiting();

      const backMs = await beAway(how, awayMs);
      await waitUntil(() => client.enqueue('test.noop', {}));

      const tookMs = await fleet.waitForLineAfter('accepted', backMs);
      evidence.add({ 'back after (idle), ms': tookMs });
      expect(tookMs).toBeLessThan(BACK_MS);
    });
  }
});
