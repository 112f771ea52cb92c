import type { QueueKeys } from '../redis/queue-keys.js';
import type { ScriptRunner } from '../redis/script-runner.js';
import { asksForFacts, isMeant, type DeadFilter } from './dead-filter.js';
import { readDeadJob, RECORD_BYTES_A_PAGE, type DeadJob, type DeadRow } from './dead-jobs.js';

/** Dead jobs one script call reads or moves. Half of what a call may take: workers wait for no call longer than this. */
export const DEAD_A_STEP = 250;

/** A dead job as it is stored, byte for byte. */
export interface StoredDeath {
  readonly partition: number;
  readonly id: Buffer;
  /** Its score, as Redis writes it. */
  readonly diedAt: string;
  /** First line or whole of the record; null: missing, or not read. */
  readonly record: Buffer | null;
  readonly history: Buffer | null;
}

/** What is read of each: ids and times, also first line and history, or everything. */
export type DeadDetail = 'ids' | 'facts' | 'all';

/** The part of the queue that an operation is about: what dies later is not in it. */
export interface DeadRange {
  /** Of each partition: the latest time of death, ms, Redis clock. */
  readonly newest: readonly string[];
  /** All that are dead. */
  readonly total: number;
  /** Those within. */
  readonly count: number;
}

/** A part of a walk. */
export interface DeadBatch {
  /** Those that are meant, in the order they died. */
  readonly meant: readonly StoredDeath[];
  /** How many were looked at for it. */
  readonly seen: number;
}

type RawReply = readonly [more: number, rows: readonly (readonly (Buffer | null)[])[]];

/** Fixes the part of the queue that a filter is about, by the Redis clock of now. */
export async function rangeOf(
  runner: ScriptRunner,
  partitions: readonly QueueKeys[],
  { olderThanMs = 0 }: DeadFilter,
): Promise<DeadRange> {
  const counts = await Promise.all(
    partitions.map(({ dead }) => runner.run('count-dead', [dead], [String(olderThanMs)])),
  );
  const parts = counts as [newest: string, total: number, count: number][];
  const sum = (at: 1 | 2) => parts.reduce((total, part) => total + part[at], 0);
  return { newest: parts.map(([newest]) => newest), total: sum(1), count: sum(2) };
}

/** Walks through the dead that a filter means, oldest first over all partitions, each job once. Reads only. */
export async function* walkDead(
  runner: ScriptRunner,
  partitions: readonly QueueKeys[],
  filter: DeadFilter,
  { newest }: DeadRange,
  detail: DeadDetail = 'ids',
): AsyncGenerator<DeadBatch> {
  const what = detail === 'ids' && asksForFacts(filter) ? 'facts' : detail;
  const lines = partitions.map((keys, at) => new DeadLine(runner, keys, at, newest[at] ?? '-inf', what));
  let left = filter.limit ?? Infinity;
  while (left > 0) {
    const seen = await nextOfAll(lines);
    if (seen.length === 0) return;
    const meant = what === 'ids' ? seen : seen.filter((death) => isMeant(filter, factsOf(death)));
    const batch = meant.slice(0, left);
    left -= batch.length;
    yield { meant: batch, seen: seen.length };
  }
}

/** What is told of a dead job without its payload. Bytes that are no text are shown as replacement characters. */
export function factsOf({ id, diedAt, record, history, partition }: StoredDeath): DeadJob {
  const row: DeadRow = [id.toString(), diedAt, record?.toString() ?? null, history?.toString() ?? null];
  return readDeadJob(row, partition);
}

/** The dead of one partition, read page by page. */
class DeadLine {
  readonly ahead: StoredDeath[] = [];
  private hasMore = true;
  private last: Pick<StoredDeath, 'diedAt' | 'id'> = { diedAt: '-inf', id: Buffer.alloc(0) };

  constructor(
    private readonly runner: ScriptRunner,
    private readonly keys: QueueKeys,
    private readonly partition: number,
    private readonly newest: string,
    private readonly what: DeadDetail,
  ) {}

  /** @returns whether there is one ahead. */
  async fill(): Promise<boolean> {
    if (this.ahead.length > 0 || !this.hasMore) return this.ahead.length > 0;
    const { dead, jobs, history } = this.keys;
    const { diedAt, id } = this.last;
    const args = [String(DEAD_A_STEP), diedAt, id, this.newest, this.what, String(RECORD_BYTES_A_PAGE)];
    const [more, rows] = (await this.runner.runRaw('list-dead', [dead, jobs, history], args)) as RawReply;
    for (const row of rows) this.ahead.push(this.read(row));
    this.hasMore = more === 1;
    this.last = this.ahead.at(-1) ?? this.last;
    return this.ahead.length > 0;
  }

  private read([id, diedAt, record = null, history = null]: readonly (Buffer | null)[]): StoredDeath {
    return { partition: this.partition, id: id ?? Buffer.alloc(0), diedAt: String(diedAt), record, history };
  }
}

/** The next of all partitions in the order they died, as many as can be told without reading on. */
async function nextOfAll(lines: readonly DeadLine[]): Promise<StoredDeath[]> {
  const open: DeadLine[] = [];
  for (const line of lines) if (await line.fill()) open.push(line);
  const [only] = open;
  if (only && open.length === 1) return only.ahead.splice(0);
  const next: StoredDeath[] = [];
  while (open.length > 0 && open.every(({ ahead }) => ahead.length > 0)) {
    const first = open.reduce((best, line) => (headOf(line) < headOf(best) ? line : best));
    next.push(...first.ahead.splice(0, 1));
  }
  return next;
}

function headOf({ ahead }: DeadLine): number {
  return Number(ahead[0]?.diedAt ?? Infinity);
}
