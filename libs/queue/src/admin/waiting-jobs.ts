import { decodeHeader } from '../job/job-codec.js';
import type { QueueKeys } from '../redis/queue-keys.js';
import type { ScriptRunner } from '../redis/script-runner.js';
import { BulkTally, untilAborted, type BulkControl, type BulkResult } from './bulk.js';
import { DEAD_A_STEP } from './dead-walk.js';
import { parkedIn, readBreakers } from './parked.js';
import { RECORD_BYTES_A_PAGE } from './dead-jobs.js';

/** Which waiting jobs of a queue are meant. */
export interface WaitingFilter {
  readonly queue: string;
  /** Default: every kind, unreadable records included. */
  readonly kind?: string;
}

/** Waiting jobs of one queue, and those of them that a filter means. */
export interface WaitingCount {
  /** Quarantined and parked ones included. */
  readonly ready: number;
  readonly scheduled: number;
  readonly meant: number;
  /** Ids of some that are meant. */
  readonly sample: readonly string[];
}

/** A container of one queue. */
interface Place {
  readonly key: string;
  readonly isScheduled: boolean;
}

type ListReply = readonly [now: Buffer, length: number, rows: readonly (readonly [id: Buffer, line: Buffer | null])[]];

/** A part of a place: `from` counts the last to run that are left out. */
interface Page {
  readonly length: number;
  readonly ids: readonly Buffer[];
  /** Of `ids`, the indexes of those that are meant. */
  readonly meant: readonly number[];
}

const SAMPLE = 5;
/** Jobs that may have been put in front of a page between the look and the purge. */
const SLACK = 20_000;
/** Counts the waiting jobs that a filter means. Reads only. */
export async function countWaiting(
  runner: ScriptRunner,
  partitions: readonly QueueKeys[],
  filter: WaitingFilter,
): Promise<WaitingCount> {
  const lengths = { ready: 0, scheduled: 0 };
  const sample: string[] = [];
  let meant = 0;
  for (const keys of partitions) {
    for (const place of await placesOf(runner, keys, filter)) {
      const walk = new WaitingWalk(runner, keys, place, filter);
      for (let page = await walk.next(); page.ids.length > 0; page = await walk.next()) {
        meant += page.meant.length;
        sample.push(...page.meant.slice(0, SAMPLE - sample.length).map((at) => String(page.ids[at])));
        walk.skip(page.ids.length);
        lengths[place.isScheduled ? 'scheduled' : 'ready'] += page.ids.length;
      }
    }
  }
  return { ...lengths, meant, sample };
}

/** Removes the waiting jobs that a filter means, step by step; what is enqueued while it runs stays. */
export async function purgeWaiting(
  runner: ScriptRunner,
  partitions: readonly QueueKeys[],
  filter: WaitingFilter,
  total: number,
  control: BulkControl,
): Promise<BulkResult> {
  const tally = new BulkTally(total, control);
  const isComplete = await untilAborted(control.signal, async () => {
    for (const keys of partitions) {
      for (const place of await placesOf(runner, keys, filter))
        await purgePlace(new WaitingWalk(runner, keys, place, filter), tally, control.signal);
    }
  });
  return tally.result(isComplete);
}

/** Scheduled ones first: what becomes due, or is given back by a breaker meanwhile, is found among the ready ones. */
async function placesOf(runner: ScriptRunner, keys: QueueKeys, { queue }: WaitingFilter): Promise<Place[]> {
  const parked = parkedIn(await readBreakers(runner, keys)).filter((list) => list.queue === queue);
  return [
    { key: keys.scheduled(queue), isScheduled: true },
    { key: keys.quarantine(queue), isScheduled: false },
    ...parked.map(({ kind }) => ({ key: keys.parked(queue, kind), isScheduled: false })),
    { key: keys.ready(queue), isScheduled: false },
  ];
}

async function purgePlace(walk: WaitingWalk, tally: BulkTally, signal: AbortSignal | undefined): Promise<void> {
  for (let page = await walk.next(); page.ids.length > 0; page = await walk.next()) {
    signal?.throwIfAborted();
    const removed = page.meant.length > 0 ? await walk.purge(page) : 0;
    tally.remove(removed);
    tally.look(page.ids.length);
    walk.skip(page.ids.length - removed);
  }
}

/** Walks through one place from the last to run to the next to run: what workers take away there shifts nothing. */
class WaitingWalk {
  private from = 0;
  private sinceMs = Infinity;

  constructor(
    private readonly runner: ScriptRunner,
    private readonly keys: QueueKeys,
    private readonly place: Place,
    private readonly filter: WaitingFilter,
  ) {}

  async next(): Promise<Page> {
    const { key, isScheduled } = this.place;
    const type = isScheduled ? 'scheduled' : 'ready';
    const args = [type, String(this.from), String(DEAD_A_STEP), String(RECORD_BYTES_A_PAGE)];
    const reply = (await this.runner.runRaw('list-waiting', [key, this.keys.jobs], args)) as ListReply;
    const [now, length, rows] = reply;
    this.sinceMs = Math.min(this.sinceMs, Number(String(now)));
    const meant = rows.flatMap(([, line], at) => (this.means(line) ? [at] : []));
    return { length, ids: rows.map(([id]) => id), meant };
  }

  /** @returns how many were still there. */
  async purge({ ids, meant }: Page): Promise<number> {
    const { jobs, history } = this.keys;
    const named = meant.flatMap((at) => ids[at] ?? []);
    const { key, isScheduled } = this.place;
    if (isScheduled) return (await this.runner.runRaw('purge-scheduled', [key, jobs, history], named)) as number;
    const span = (meant.at(-1) ?? 0) - (meant[0] ?? 0) + 1;
    const args = [String(span), String(this.from + ids.length + SLACK), ...named];
    return (await this.runner.runRaw('purge-ready', [key, jobs, history], args)) as number;
  }

  skip(count: number): void {
    this.from += count;
  }

  /** A record that cannot be read has no kind and no time: it is meant when every kind is. */
  private means(line: Buffer | null): boolean {
    const header = line === null ? undefined : decodeHeader(String(line));
    if (!header) return this.filter.kind === undefined;
    if (header.createdAtMs > this.sinceMs) return false;
    return this.filter.kind === undefined || header.kind === this.filter.kind;
  }
}
