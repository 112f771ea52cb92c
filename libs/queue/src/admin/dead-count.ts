import type { QueueKeys } from '../redis/queue-keys.js';
import type { ScriptRunner } from '../redis/script-runner.js';
import { BulkTally, type BulkControl } from './bulk.js';
import { asksForFacts, type DeadFilter } from './dead-filter.js';
import type { DeadJob } from './dead-jobs.js';
import { factsOf, rangeOf, walkDead } from './dead-walk.js';

/** How many dead jobs a filter means. */
export interface DeadCount {
  /** All that are dead. */
  readonly total: number;
  readonly meant: number;
  /** The first of them. */
  readonly sample: readonly DeadJob[];
}

const SAMPLE = 5;

/** Counts what a filter means; reads every dead job only when the filter asks for more than the time of death. */
export async function countMeant(
  { runner, partitions }: { readonly runner: ScriptRunner; readonly partitions: readonly QueueKeys[] },
  filter: DeadFilter,
  control: BulkControl,
): Promise<DeadCount> {
  const range = await rangeOf(runner, partitions, filter);
  const tally = new BulkTally(range.count, control);
  const limit = filter.limit ?? Infinity;
  const isCounted = !asksForFacts(filter);
  const sample: DeadJob[] = [];
  let meant = 0;
  for await (const batch of walkDead(runner, partitions, filter, range, 'facts')) {
    control.signal?.throwIfAborted();
    meant += batch.meant.length;
    sample.push(...batch.meant.slice(0, SAMPLE - sample.length).map((death) => factsOf(death)));
    tally.look(batch.seen);
    if (isCounted && sample.length === SAMPLE) break;
  }
  return { total: range.total, meant: isCounted ? Math.min(range.count, limit) : meant, sample };
}
