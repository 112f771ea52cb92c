import type { ScriptRunner } from '../../redis/script-runner.js';

/** Ids one script call looks at. */
export const IDS_A_STEP = 500;

/** Ids of one place, and those of them that have no record. */
export interface IdsPage {
  readonly ids: readonly string[];
  readonly recordless: readonly string[];
}

/**
 * Pages through a list from its left end while workers take from the right and producers push to the left: what they push
 * moves everything to the right, so each page may begin with what the one before ended with. That overlap is left out.
 * What stays in the list meanwhile is given at least once, and twice only when a whole page was pushed between two steps.
 */
export async function* pageList(runner: ScriptRunner, list: string, jobs: string): AsyncGenerator<IdsPage> {
  let last: string | undefined;
  for (let from = 0; ; from += IDS_A_STEP) {
    const reply = await runner.run('scan-list', [list, jobs], [String(from), String(IDS_A_STEP)]);
    const [ids, missing] = reply as [string[], number[]];
    if (ids.length === 0) return;
    const skip = last === undefined ? 0 : ids.indexOf(last) + 1;
    yield { ids: ids.slice(skip), recordless: missing.flatMap((at) => (at > skip ? (ids[at - 1] ?? []) : [])) };
    last = ids.at(-1);
  }
}
