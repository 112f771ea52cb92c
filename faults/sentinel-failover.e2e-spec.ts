import { SentinelSet } from '@app/testing';
import { describe, expect } from 'vitest';
import { judgeFailover, startLoad } from './failover.js';
import { type Evidence, faultTest } from './fault-test.js';
import { longestGapMs } from './gap.js';
import { ledgerNowMs } from './ledger.js';
import { type TestFleet, useFleet } from './use-fleet.js';
import { useTopology } from './use-topology.js';

const DOWN_AFTER_MS = 2_000;
const BACK_MS = DOWN_AFTER_MS + 12_000;

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

async function judge(evidence: Evidence, fleet: TestFleet, faultAtMs: number): Promise<void> {
  const gapMs = () => longestGapMs(fleet.linesOf('accepted'));
  await judgeFailover(evidence, fleet, faultAtMs, { gapMs, boundMs: BACK_MS });
  expect(fleet.linesOf('accepted').some(({ atMs }) => atMs > faultAtMs + DOWN_AFTER_MS)).toBe(true);
}
