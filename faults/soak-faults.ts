import { setTimeout as sleep } from 'node:timers/promises';
import type { TcpProxy, TestRedis } from '@app/testing';
import type { Member } from './fleet.js';

/** What the faults of a soak act on. */
export interface SoakTargets {
  readonly redis: TestRedis;
  /** Between Redis and all processes. */
  readonly proxy: TcpProxy;
  /** Workers that may be hurt; a fault puts another in place of one that it ended. */
  readonly victims: Member[];
  readonly respawn: () => Promise<Member>;
  /** Outages of Redis and of the network are shorter than a renewal of the lease. */
  readonly leaseMs: number;
  /** In [0, 1). */
  readonly random: () => number;
}

type SoakFault = (targets: SoakTargets) => Promise<unknown>;

const between = ({ random }: SoakTargets, least: number, most: number): number => least + random() * (most - least);
/** Long enough to be felt, too short to cost a lease. */
const outage = (targets: SoakTargets): Promise<void> => sleep(between(targets, 200, targets.leaseMs / 8));

/** Hurts one victim, and replaces it when that ended it. */
async function hurt(targets: SoakTargets, how: (victim: Member) => Promise<unknown>, isGone: boolean): Promise<void> {
  const at = Math.floor(targets.random() * targets.victims.length);
  await how(targets.victims[at]!);
  if (isGone) targets.victims[at] = await targets.respawn();
}

/** Faults of workers, one at a time. */
export const WORKER_FAULTS: Readonly<Record<string, SoakFault>> = {
  'worker killed': (targets) => hurt(targets, (victim) => victim.kill(), true),
  'worker drained': (targets) => hurt(targets, (victim) => victim.terminate(), true),
  'worker killed in its drain': (targets) =>
    hurt(
      targets,
      async (victim) => {
        const ended = victim.terminate();
        await sleep(between(targets, 0, 100));
        return Promise.all([victim.kill(), ended]);
      },
      true,
    ),
  'worker stopped': (targets) =>
    hurt(
      targets,
      async (victim) => {
        victim.freeze();
        await sleep(between(targets, 0.1 * targets.leaseMs, 1.5 * targets.leaseMs));
        victim.thaw();
      },
      false,
    ),
};

/** Faults of Redis and of the network, one at a time. */
export const REDIS_FAULTS: Readonly<Record<string, SoakFault>> = {
  'Redis killed': async (targets) => {
    await targets.redis.kill();
    await outage(targets);
    await targets.redis.restart();
  },
  'Redis frozen': async (targets) => {
    await targets.redis.freeze();
    await outage(targets);
    await targets.redis.thaw();
  },
  'connections reset': async ({ proxy }) => proxy.cut(),
  'connections killed': ({ redis }) => redis.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
  'connections refused': async (targets) => {
    await targets.proxy.refuse();
    targets.proxy.cut();
    await outage(targets);
    await targets.proxy.accept();
  },
  'connections half-open': async (targets) => {
    targets.proxy.goHalfOpen();
    await sleep(targets.leaseMs / 3); // until they are found
  },
  'network slow': async (targets) => {
    targets.proxy.delay(between(targets, 20, 150));
    await sleep(between(targets, 1_000, 5_000));
    targets.proxy.delay(0);
  },
  'network silent': async (targets) => {
    targets.proxy.hold('requests');
    targets.proxy.hold('replies');
    await outage(targets);
    targets.proxy.release();
  },
  // It never comes about when another fault ends that connection first.
  'reply lost': ({ proxy }) =>
    Promise.race([proxy.swallowNextReply((chunk) => chunk.includes('EVALSHA')), sleep(3_000)]),
  'scripts forgotten': ({ redis }) => redis.redis.script('FLUSH'),
};

/** Does one fault after the other, by lot, until the time is over. Returns how often each was done. */
export async function hurtUntil(
  isOver: () => boolean,
  faults: Readonly<Record<string, SoakFault>>,
  targets: SoakTargets,
  pauseMs: readonly [number, number],
): Promise<Record<string, number>> {
  const done: Record<string, number> = {};
  const names = Object.keys(faults);
  while (!isOver()) {
    await sleep(between(targets, ...pauseMs));
    const name = names[Math.floor(targets.random() * names.length)]!;
    await faults[name]!(targets);
    done[name] = (done[name] ?? 0) + 1;
  }
  return done;
}
