import { partitionOf, QueueKeys, TestCluster } from '@app/testing';
import { describe, expect } from 'vitest';
import { judgeFailover, startLoad } from './failover.js';
import { faultTest } from './fault-test.js';
import { longestGapMs } from './gap.js';
import { ledgerNowMs } from './ledger.js';
import { isLong, WORKER } from './scale.js';
import { useFleet } from './use-fleet.js';
import { useTopology } from './use-topology.js';
import type { JobGroup } from './workload/workload-options.js';

const PARTITIONS = 12;
const NODE_TIMEOUT_MS = 2_000;
const BACK_MS = NODE_TIMEOUT_MS + 12_000;
const SLOT_MOVES = 4;
const FROZEN_MS = isLong ? 40_000 : 15_000;
/** Until a call, and the sync after it, have had no answer: then its slots serve the other partitions. */
const OTHERS_GAP_MS = 7_000;

describe('a cluster of six nodes', () => {
  const topology = useTopology(
    () => TestCluster.start({ masters: 3, replicasEach: 1, nodeTimeoutMs: NODE_TIMEOUT_MS }),
    ({ addrs, password }) => ({ partitions: PARTITIONS, redis: { mode: 'cluster', password, cluster: { addrs } } }),
  );
  const fleet = useFleet(topology, topology.settings);
  const controlOf = (partition: number) => new QueueKeys(topology.prefix(), partition).control;

  faultTest(
    'cluster',
    'moves slots under load, and nobody notices',
    async (evidence) => {
      const producer = await startLoad(fleet);
      for (let partition = 0; partition < SLOT_MOVES; partition++) {
        const key = controlOf(partition);
        const [from, to] = [
          await topology.servers.ownerOf(key),
          await topology.servers.ownerOf(controlOf(partition + 1)),
        ];
        const target = to.port === from.port ? await otherThan(from.port) : to;
        await topology.servers.moveSlot(key, target);
      }
      expect((await producer.ended).code).toBe(0);
      await fleet.waitUntilIdle(60_000);

      const { figures } = await evidence.judge(fleet);
      evidence.add({ 'slots moved': SLOT_MOVES, 'finished jobs re-run': figures.rerunsOfEnded });
      expect(figures).toMatchObject({ dead: 0, refused: 0, rerunsOfEnded: 0 });
      expect(fleet.outputs()).not.toContain('CROSSSLOT');
    },
    150_000,
  );

  faultTest(
    'cluster',
    'loses a master, and workers follow its replica',
    async (evidence) => {
      const producer = await startLoad(fleet);
      const key = controlOf(0);
      const old = await topology.servers.ownerOf(key);
      const faultAtMs = ledgerNowMs();
      await old.kill('SIGKILL');
      await topology.servers.waitForOther(key, old, 30_000);

      await producer.ended;
      const ofLostMaster = () => fleet.linesOf('accepted').filter(({ jobId }) => partitionOf(jobId, PARTITIONS) === 0);
      await judgeFailover(evidence, fleet, faultAtMs, { gapMs: () => longestGapMs(ofLostMaster()), boundMs: BACK_MS });
      expect(fleet.outputs()).not.toContain('CROSSSLOT');
    },
    150_000,
  );

  async function otherThan(port: number) {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const owner = await topology.servers.ownerOf(controlOf(partition));
      if (owner.port !== port) return owner;
    }
    throw new Error('all partitions are on one node');
  }
});

describe('a master that hangs, without a replica', () => {
  const topology = useTopology(
    () => TestCluster.start({ masters: 3, replicasEach: 0, nodeTimeoutMs: 120_000 }),
    ({ addrs, password }) => ({ partitions: PARTITIONS, redis: { mode: 'cluster', password, cluster: { addrs } } }),
  );
  const fleet = useFleet(topology, topology.settings);

  faultTest(
    'cluster',
    'stops its own partitions only',
    async (evidence) => {
      await fleet.startWorkers(2, WORKER);
      const hangs = await topology.servers.ownerOf(new QueueKeys(topology.prefix(), 0).control);
      const quick: JobGroup = { count: (FROZEN_MS / 1_000) * 25, kind: 'test.noop' };
      const producer = await fleet.startProducer([quick], { perSecond: 20 });
      await fleet.waitForLines('accepted', 40);

      await hangs.kill('SIGSTOP');
      const frozenAtMs = ledgerNowMs();
      await fleet.waitForLineAfter('accepted', frozenAtMs + FROZEN_MS, { timeoutMs: FROZEN_MS + OTHERS_GAP_MS });
      const gapMs = longestGapMs(fleet.linesOf('accepted'));
      await hangs.kill('SIGCONT');

      await producer.ended;
      await fleet.waitUntilIdle(60_000);
      const { figures } = await evidence.judge(fleet);
      evidence.add({ 'longest gap of the others, ms': gapMs });
      expect(gapMs).toBeLessThan(OTHERS_GAP_MS);
      expect(figures.dead).toBe(0);
    },
    150_000,
  );
});
