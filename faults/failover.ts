import { expect } from 'vitest';
import type { Evidence } from './fault-test.js';
import type { Member } from './fleet.js';
import { outsideWindow } from './replication-window.js';
import { isLong, WORKER } from './scale.js';
import type { TestFleet } from './use-fleet.js';
import type { JobGroup } from './workload/workload-options.js';

const SECONDS = isLong ? 40 : 15;
const LOAD: JobGroup[] = [
  { count: SECONDS * 35, kind: 'test.sleep', payload: { ms: 50 } },
  { count: SECONDS * 25, kind: 'test.noop', options: { queue: 'high' } },
];

/** Two workers and a producer, once jobs flow. */
export async function startLoad(fleet: TestFleet): Promise<Member> {
  await fleet.startWorkers(2, WORKER);
  const producer = await fleet.startProducer(LOAD, { perSecond: 60 });
  await fleet.waitForLines('accepted', 120);
  return producer;
}

/** Waits for the end of all jobs, and demands that nothing was broken but what replication excuses. */
export async function judgeFailover(
  evidence: Evidence,
  fleet: TestFleet,
  faultAtMs: number,
  back: { readonly gapMs: () => number; readonly boundMs: number },
): Promise<void> {
  await fleet.waitUntilIdle(60_000);
  const { figures, violations } = await fleet.check();
  const unexcused = outsideWindow(violations, fleet.lines(), faultAtMs);
  const gapMs = back.gapMs();
  evidence.add({
    jobs: figures.stored,
    violations: unexcused.length,
    'in the replication window': violations.length - unexcused.length,
    'back after, ms': gapMs,
  });
  expect(unexcused).toEqual([]);
  expect(gapMs).toBeLessThan(back.boundMs);
  expect(figures.dead).toBe(0);
}
