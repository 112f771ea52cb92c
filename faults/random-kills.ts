import { setTimeout as sleep } from 'node:timers/promises';
import type { Member } from './fleet.js';

/** When to kill, and how often. */
export interface KillPlan {
  readonly forMs: number;
  /** Goes on beyond `forMs` until so many died: on a slow machine a scenario must not pass for want of faults. */
  readonly atLeast: number;
  /** So many always live on: promises that hold while somebody reaps are tried while somebody reaps. */
  readonly survivors: number;
  /** Pause between two kills: uniform in [min, max), ms. */
  readonly pauseMs: readonly [number, number];
  /** The same seed picks the same victims after the same pauses. */
  readonly seed: number;
}

/**
 * SIGKILLs one random member after another; each is replaced, and the next kill does not wait for that. Settles when the
 * last replacement works. Returns how many died.
 */
export async function killAtRandom(members: Member[], respawn: () => Promise<Member>, plan: KillPlan): Promise<number> {
  const random = seededRandom(plan.seed);
  const births = new Set<Promise<unknown>>();
  const untilMs = performance.now() + plan.forMs;
  const [shortest, longest] = plan.pauseMs;
  let kills = 0;
  while (performance.now() < untilMs || kills < plan.atLeast) {
    await sleep(shortest + random() * (longest - shortest));
    while (members.length <= plan.survivors) await Promise.race(births);
    const [victim] = members.splice(Math.floor(random() * members.length), 1);
    await victim!.kill();
    kills += 1;
    const birth: Promise<unknown> = respawn().then((member) => births.delete(birth) && members.push(member));
    births.add(birth);
    birth.catch(() => undefined); // reported below, when all are awaited
  }
  await Promise.all(births);
  return kills;
}

/** Mulberry32: small, fast, and good enough to pick victims. Numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
