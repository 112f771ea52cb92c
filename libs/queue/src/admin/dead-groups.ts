import { decodeHistory } from '../job/job-history.js';
import type { QueueKeys } from '../redis/queue-keys.js';
import type { ScriptRunner } from '../redis/script-runner.js';
import { decodeFailure } from './job-details.js';
import { factsOf, walkDead, type DeadRange } from './dead-walk.js';

/** Groups one script call reads. */
const GROUPS_A_STEP = 100;

/** Dead jobs that met the same trouble (ADR 0012). */
export interface DeadGroup {
  /** Its name, for the filter `error`: the fingerprint of the last trouble, or the reason of jobs that died without one. */
  readonly group: string;
  /** Null: they died without an error. */
  readonly errorClass: string | null;
  readonly message: string | null;
  /** Where it was thrown, without `at`; null: unknown. */
  readonly topFrame: string | null;
  readonly count: number;
  /** ms, Redis clock. */
  readonly firstDiedAtMs: number;
  readonly lastDiedAtMs: number;
  /** The one that died last. */
  readonly sampleId: string;
}

/** The dead letter queue by group, the largest first. */
export interface DeadGroups {
  readonly groups: readonly DeadGroup[];
  readonly total: number;
  /** False: the index did not fit the queue, so all jobs were read. */
  readonly isIndexed: boolean;
}

type GroupRow = readonly [
  group: string,
  count: number,
  first: string,
  last: string,
  failure: string | null,
  history: string | null,
];
type GroupReply = readonly [dead: number, indexed: number, rows: readonly GroupRow[]];

/** Groups of all partitions, from the index; undefined: it does not fit the queue. */
export async function readGroups(
  runner: ScriptRunner,
  partitions: readonly QueueKeys[],
): Promise<DeadGroups | undefined> {
  const parts = await Promise.all(partitions.map((keys) => readPartition(runner, keys)));
  if (parts.some((part) => part === undefined)) return undefined;
  const all = parts.flatMap((part) => part ?? []);
  return { ...ordered(all.flatMap(({ groups }) => groups)), isIndexed: true };
}

async function readPartition(
  runner: ScriptRunner,
  { dead, deadGroups, failures, history }: QueueKeys,
): Promise<{ groups: DeadGroup[] } | undefined> {
  const groups: DeadGroup[] = [];
  for (let after = ''; ; after = groups.at(-1)?.group ?? '') {
    const args = [after, String(GROUPS_A_STEP)];
    const reply = await runner.run('list-groups', [dead, deadGroups, failures, history], args);
    const [total, indexed, rows] = reply as GroupReply;
    if (total !== indexed) return undefined;
    groups.push(...rows.map(readGroup));
    if (rows.length < GROUPS_A_STEP) return { groups };
  }
}

/** The same answer without the index: reads every dead job. */
export async function countGroups(
  runner: ScriptRunner,
  partitions: readonly QueueKeys[],
  range: DeadRange,
): Promise<DeadGroups> {
  let found: DeadGroup[] = [];
  for await (const { meant } of walkDead(runner, partitions, {}, range, 'facts')) {
    const jobs = meant.map((death) => factsOf(death));
    const singles = jobs.map(({ id, diedAtMs, fingerprint, reason, lastFailure }) => ({
      ...splitSummary(lastFailure),
      group: fingerprint ?? reason ?? '-',
      topFrame: null,
      count: 1,
      firstDiedAtMs: diedAtMs,
      lastDiedAtMs: diedAtMs,
      sampleId: id,
    }));
    found = joined([...found, ...singles]);
  }
  return { ...ordered(found), isIndexed: false };
}

function readGroup([group, count, first, last, failure, history]: GroupRow): DeadGroup {
  const stored = decodeFailure(failure);
  const summary = splitSummary(decodeHistory(history).trail.at(-1)?.summary ?? null);
  return {
    group,
    errorClass: stored?.errorClass ?? summary.errorClass,
    message: stored?.message ?? summary.message,
    topFrame: /^\s+at (.*)$/m.exec(stored?.stack ?? '')?.[1] ?? null,
    count,
    firstDiedAtMs: readEntry(first).diedAtMs,
    lastDiedAtMs: readEntry(last).diedAtMs,
    sampleId: readEntry(last).id,
  };
}

/** A summary is `Class: message`; that of a crash has no class. */
function splitSummary(summary: string | null): { errorClass: string | null; message: string | null } {
  const [, errorClass = null, message = summary] = /^(\S+): ([^]*)$/.exec(summary ?? '') ?? [];
  return { errorClass, message };
}

function readEntry(entry: string): { diedAtMs: number; id: string } {
  const [, diedAt, id = ''] = /^[^ ]* (\d+) ([^]*)$/.exec(entry) ?? [];
  return { diedAtMs: Number(diedAt), id };
}

function ordered(groups: readonly DeadGroup[]): { groups: DeadGroup[]; total: number } {
  const all = joined(groups).toSorted((one, other) => other.count - one.count || other.lastDiedAtMs - one.lastDiedAtMs);
  return { groups: all, total: all.reduce((sum, { count }) => sum + count, 0) };
}

/** One entry a group: counts added, first and last death over all of them. */
function joined(groups: readonly DeadGroup[]): DeadGroup[] {
  const found = new Map<string, DeadGroup>();
  for (const group of groups) {
    const known = found.get(group.group);
    found.set(group.group, known ? join(known, group) : group);
  }
  return [...found.values()];
}

function join(one: DeadGroup, other: DeadGroup): DeadGroup {
  const later = one.lastDiedAtMs > other.lastDiedAtMs ? one : other;
  return {
    ...later,
    count: one.count + other.count,
    firstDiedAtMs: Math.min(one.firstDiedAtMs, other.firstDiedAtMs),
  };
}
