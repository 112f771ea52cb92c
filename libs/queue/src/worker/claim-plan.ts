import type { WorkerOptions } from '../queue.options.js';

/** One step of a claim: take at most `limit` jobs of the queue with this index (from 1). */
export interface ClaimStep {
  readonly queue: number;
  readonly limit: number;
}

/**
 * The order in which a claim looks at the queues. Strict: all of the first, then all of the second. Weighted: each queue its
 * share first, then what is left in order of priority, so that an idle queue slows no other.
 *
 * @param random - a number in [0, 1); shares below one job are drawn by lot
 */
export function planClaim(
  wanted: number,
  options: Pick<WorkerOptions, 'priorities' | 'priorityMode' | 'weights'>,
  random: number,
): ClaimStep[] {
  const all = options.priorities.map((_, index) => ({ queue: index + 1, limit: wanted }));
  if (options.priorityMode === 'strict' || wanted === 0) return all;
  return [
    ...shares(
      wanted,
      options.priorities.map((name) => options.weights[name] ?? 1),
      random,
    ),
    ...all,
  ];
}

/** Splits by weight; a running rest moves fractions on, starting at a random point, so that shares hold over many claims. */
function shares(wanted: number, weights: readonly number[], random: number): ClaimStep[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  let rest = random;
  return weights.map((weight, index) => {
    const exact = (wanted * weight) / sum + rest;
    const limit = Math.floor(exact);
    rest = exact - limit;
    return { queue: index + 1, limit };
  });
}
