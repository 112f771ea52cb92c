import { SentinelSet } from '@app/testing';
import { describe, expect } from 'vitest';
import { type Evidence, faultTest } from './fault-test.js';
import { longestGapMs } from './gap.js';
import { ledgerNowMs } from './ledger.js';
import { outsideWindow } from './replication-window.js';
import { isLong, WORKER } from './scale.js';
import { type TestFleet, useFleet } from './use-fleet.js';
import { useTopology } from './use-topology.js';
import type { JobGroup } from './workload/workload-options.js';

const DOWN_AFTER_MS = 2_000;
const BACK_MS = DOWN_AFTER_MS + 12_000;
const SECONDS = isLong ? 40 : 15;
const LOAD: JobGroup[] = [
  { count: SECONDS * 35, kind: 'test.sleep', payload: { ms: 50 } },
  { count: SECONDS * 25, kind: 'test.noop', options: { queue: 'high' } },
];

function useSentinels() {
  const topology = useTopology(
    () => SentinelSet.start({ downAfterMs: DOWN_AFTER_MS }),
    ({ masterName, addrs, password, sentinelPassword }) => ({
      redis: { mode: 'sentinel', password, sentinel: { masterName, addrs, password: sentinelPassword } },
    }),
  );
  return { topology, fleet: useFleet(topology, topology.settings) };
}

describe('a master that is killed', () => {
  const { topology, fleet } = useSentinels();

  faultTest(
    'sentinel',
    'is replaced, and workers follow',
    async (evidence) => {
      const producer = await startLoad(fleet);
      const old = await topology.servers.master();
      const faultAtMs = ledgerNowMs();
      await old.kill('SIGKILL');
      await topology.servers.waitForOther(old, 30_000);

      await producer.ended;
      await judge(evidence, fleet, faultAtMs);
    },
    150_000,
  );
});

describe('a master that hangs', () => {
  const { topology, fleet } = useSentinels();

  faultTest(
    'sentinel',
    'is replaced, and its late answers count for nothing',
    async (evidence) => {
      const producer = await startLoad(fleet);
      const old = await topology.servers.master();
      const faultAtMs = ledgerNowMs();
      await old.kill('SIGSTOP');
      await topology.servers.waitForOther(old, 30_000);
      await fleet.waitForLineAfter('accepted', faultAtMs + DOWN_AFTER_MS, { timeoutMs: BACK_MS });
      await old.kill('SIGCONT');

      await producer.ended;
      await judge(evidence, fleet, faultAtMs);
    },
    150_000,
  );
});

async function startLoad(fleet: TestFleet) {
  await fleet.startWorkers(2, WORKER);
  const producer = await fleet.startProducer(LOAD, { perSecond: 60 });
  await fleet.waitForLines('accepted', 120);
  return producer;
}

async function judge(evidence: Evidence, fleet: TestFleet, faultAtMs: number): Promise<void> {
  await fleet.waitUntilIdle(60_000);
  const { figures, violations } = await fleet.check();
  const unexcused = outsideWindow(violations, fleet.lines(), faultAtMs);
  const gapMs = longestGapMs(fleet.linesOf('accepted'));
  evidence.add({
    jobs: figures.stored,
    violations: unexcused.length,
    'in the replication window': violations.length - unexcused.length,
    'back after, ms': gapMs,
  });
  expect(unexcused).toEqual([]);
  expect(gapMs).toBeLessThan(BACK_MS);
  expect(figures.dead).toBe(0);
  expect(fleet.linesOf('accepted').some(({ atMs }) => atMs > faultAtMs + DOWN_AFTER_MS)).toBe(true);
}
