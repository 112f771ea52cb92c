import type { Pick } from './model-steps.js';
import type { ModelClaim } from './queue-model.js';

/** The last one is 0, the one before 1; round again beyond the first. */
export function fromEnd<T>(list: readonly T[], back: number): T | undefined {
  return list.at(-1 - (back % Math.max(1, list.length)));
}

/** Moves what matters to where picks begin. */
export function inFront<T>(list: readonly T[], matters: (entry: T) => boolean): T[] {
  return [...list.filter((entry) => !matters(entry)), ...list.filter(matters)];
}

/** What the picks mean in a list that grew over time; nothing twice. */
export function picked<T>(list: readonly T[], picks: readonly Pick[], idOf: (entry: T) => string): T[] {
  const ids = [...new Set(list.toReversed().map(idOf))].toReversed();
  const found = picks.map(({ job, older }) => {
    const id = fromEnd(ids, job);
    return fromEnd(
      list.filter((entry) => idOf(entry) === id),
      older,
    );
  });
  return [...new Set(found)].filter((entry) => entry !== undefined);
}

/** Claims in a form that a failed comparison can show. */
export function named(claims: Iterable<ModelClaim>): string[] {
  return Array.from(claims, ({ jobId, number }) => `${jobId} #${number}`);
}
