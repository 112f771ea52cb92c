import { setTimeout as sleep } from 'node:timers/promises';
import type { Member } from './fleet.js';

/** When to kill, and how often. */
export interface KillPlan {
  readonly forMs: number;
  /** Pause between two kills: uniform in [min, max), ms. */
  readonly pauseMs: readonly [number, number];
  /** The same seed picks the same victims after the same pauses. */
  readonly seed: number;
}

/** SIGKILLs one random member after another, each replaced at once by `respawn`. Returns how many died. */
export async function killAtRandom(members: Member[], respawn: () => Promise<Member>, plan: KillPlan): Promise<number> {
  const random = seededRandom(plan.seed);
  const untilMs = performance.now() + plan.forMs;
  const [shortest, longest] = plan.pauseMs;
  for (let kills = 0; ; kills += 1) {
    await sleep(shortest + random() * (longest - shortest));
    if (performance.now() >= untilMs) return kills;
    const victim = Math.floor(random() * members.length);
    await members[victim]!.kill();
    members[victim] = await respawn();
  }
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
