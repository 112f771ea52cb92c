import { classifyFailure } from '../redis/call-fate.js';
import { keyPattern, readKey, type QueueKeys } from '../redis/queue-keys.js';
import type { RedisConnections, ScriptConnection } from '../redis/redis-connections.js';
import { slicesOf } from './reply.js';

type Client = ScriptConnection['client'];
type Masters = Awaited<ReturnType<RedisConnections['masters']>>;

/** All keys of one purpose: `jobs`, `ready`, `unique` … */
export interface KeyFamily {
  readonly name: string;
  readonly keys: number;
  /** Members, fields or elements of all of them; null: a text has none. */
  readonly entries: number | null;
  /** Memory of all of them as Redis estimates it; null: it may not be asked (MEMORY USAGE). */
  readonly bytes: number | null;
  /** Only some of its keys were measured, or not all were found. */
  readonly isEstimate: boolean;
}

/** What a prefix takes in Redis. */
export interface KeyStats {
  /** The largest first. */
  readonly families: readonly KeyFamily[];
  readonly totalBytes: number | null;
  /** False: the database has so many keys that the names of the short-lived ones were not all looked at. */
  readonly isComplete: boolean;
}

/** What a look at the keys may cost. */
export interface KeyBounds {
  /** Keys of one family whose memory is measured. */
  readonly measured: number;
  /** Keys of the database whose names are looked at, for what only a scan finds. */
  readonly scanned: number;
}

/** Fast enough for a busy Redis: each step takes well under a millisecond. */
const KEY_BOUNDS: KeyBounds = { measured: 50, scanned: 1_000_000 };

type Length = 'hlen' | 'llen' | 'zcard' | 'xlen' | 'none';

interface KnownFamily {
  readonly name: string;
  readonly length: Length;
  readonly keys: readonly string[];
}

const CALLS_A_STEP = 200;
const KEYS_A_SCAN = 1_000;
/** Nobody keeps a list of these. */
const SCANNED: Readonly<Record<string, Length>> = {
  unique: 'none',
  producer: 'hlen',
  bench: 'llen',
  limit: 'hlen',
  parked: 'llen',
  attempts: 'hlen',
};

/** Measures every family: known keys by name, the others by a bounded scan. Reads only, in small steps. */
export async function measureKeys(
  connections: RedisConnections,
  prefix: string,
  partitions: readonly QueueKeys[],
  names: readonly string[],
  bounds: KeyBounds = KEY_BOUNDS,
): Promise<KeyStats> {
  try {
    const { client } = await connections.acquire();
    const workers = await workersOf(client, partitions);
    const scan = await scanNames(await connections.masters(), prefix, bounds.scanned);
    const families: KeyFamily[] = [];
    for (const family of [...knownFamilies(partitions, names, workers), ...scan.families]) {
      const measured = await measure(client, family, bounds.measured, scan.isComplete || !(family.name in SCANNED));
      if (measured.keys > 0) families.push(measured);
    }
    const sizes = families.map(({ bytes }) => bytes);
    return {
      families: families.toSorted((one, other) => (other.bytes ?? 0) - (one.bytes ?? 0)),
      totalBytes: sizes.includes(null) ? null : sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0),
      isComplete: scan.isComplete,
    };
  } catch (error) {
    throw classifyFailure(error);
  }
}

/** Worker ids by partition. */
async function workersOf(client: Client, partitions: readonly QueueKeys[]): Promise<string[][]> {
  return Promise.all(
    partitions.map(async ({ workers, revoked }) => [
      ...(await client.zrange(workers, 0, '-1')),
      ...(await client.zrange(revoked, 0, '-1')),
    ]),
  );
}

function knownFamilies(
  partitions: readonly QueueKeys[],
  names: readonly string[],
  workers: readonly string[][],
): KnownFamily[] {
  const one = (name: string, length: Length, key: (keys: QueueKeys) => string): KnownFamily => ({
    name,
    length,
    keys: partitions.map(key),
  });
  const perQueue = (name: string, length: Length, key: (keys: QueueKeys, queue: string) => string): KnownFamily => ({
    name,
    length,
    keys: partitions.flatMap((keys) => names.map((queue) => key(keys, queue))),
  });
  const perWorker = (name: string, length: Length, key: (keys: QueueKeys, worker: string) => string): KnownFamily => ({
    name,
    length,
    keys: partitions.flatMap((keys, at) => (workers[at] ?? []).map((worker) => key(keys, worker))),
  });
  return [
    one('jobs', 'hlen', ({ jobs }) => jobs),
    one('history', 'hlen', ({ history }) => history),
    one('failures', 'hlen', ({ failures }) => failures),
    one('completed', 'llen', ({ completed }) => completed),
    one('outcome', 'hlen', ({ outcome }) => outcome),
    one('dead', 'zcard', ({ dead }) => dead),
    one('dead-groups', 'zcard', ({ deadGroups }) => deadGroups),
    one('workers', 'zcard', (keys) => keys.workers),
    one('revoked', 'zcard', ({ revoked }) => revoked),
    one('paused', 'hlen', ({ paused }) => paused),
    one('control', 'hlen', ({ control }) => control),
    { name: 'audit', length: 'xlen', keys: partitions.slice(0, 1).map(({ audit }) => audit) },
    perQueue('ready', 'llen', (keys, queue) => keys.ready(queue)),
    perQueue('quarantine', 'llen', (keys, queue) => keys.quarantine(queue)),
    perQueue('scheduled', 'zcard', (keys, queue) => keys.scheduled(queue)),
    perQueue('wake', 'llen', (keys, queue) => keys.wake(queue)),
    perQueue('wake-timer', 'llen', (keys, queue) => keys.timer(queue)),
    perWorker('worker', 'hlen', (keys, worker) => keys.worker(worker)),
    perWorker('processing', 'zcard', (keys, worker) => keys.processing(worker)),
    perWorker('cancels', 'hlen', (keys, worker) => keys.cancels(worker)),
    perWorker('nudge', 'llen', (keys, worker) => keys.nudge(worker)),
  ];
}

/** Names of keys that nobody lists, by family, on each server that holds keys. */
async function scanNames(
  masters: Masters,
  prefix: string,
  most: number,
): Promise<{ readonly families: KnownFamily[]; readonly isComplete: boolean }> {
  const found = new Map<string, Set<string>>(Object.keys(SCANNED).map((room) => [room, new Set()]));
  let left = most;
  for (const master of masters) {
    let cursor = '0';
    do {
      if (left <= 0) return { families: familiesOf(found), isComplete: false };
      const [next, keys] = await master.scan(cursor, 'MATCH', keyPattern(prefix), 'COUNT', KEYS_A_SCAN);
      for (const key of keys) found.get(readKey(prefix, key)?.room ?? '')?.add(key);
      left -= KEYS_A_SCAN;
      cursor = next;
    } while (cursor !== '0');
  }
  return { families: familiesOf(found), isComplete: true };
}

function familiesOf(found: ReadonlyMap<string, ReadonlySet<string>>): KnownFamily[] {
  return [...found].map(([name, keys]) => ({ name, length: SCANNED[name] ?? 'none', keys: [...keys] }));
}

async function measure(
  client: Client,
  { name, length, keys }: KnownFamily,
  most: number,
  isAll: boolean,
): Promise<KeyFamily> {
  const there = await existing(client, keys, length);
  const sample = there.slice(0, most);
  const sizes = await call(
    client,
    sample.map(({ key }) => ['memory', 'USAGE', key]),
  );
  const isRefused = sizes.some((size) => size instanceof Error);
  const sampled = sizes.reduce<number>((sum, size) => sum + Number(size ?? 0), 0);
  const share = sample.length === 0 ? 0 : there.length / sample.length;
  return {
    name,
    keys: there.length,
    entries: length === 'none' ? null : there.reduce((sum, { entries }) => sum + entries, 0),
    bytes: isRefused ? null : Math.round(sampled * share),
    isEstimate: share > 1 || !isAll,
  };
}

/** The keys that are there, with their lengths. One of another type than it should have is there, and has no entries. */
async function existing(
  client: Client,
  keys: readonly string[],
  length: Length,
): Promise<{ readonly key: string; readonly entries: number }[]> {
  if (length === 'none') return keys.map((key) => ({ key, entries: 0 }));
  const lengths = await call(
    client,
    keys.map((key) => [length, key]),
  );
  return keys.flatMap((key, at) => {
    const found = lengths[at];
    if (found instanceof Error) return [{ key, entries: 0 }];
    return Number(found) > 0 ? [{ key, entries: Number(found) }] : [];
  });
}

/** The replies, an error where Redis gave one. Each finds the node of its key. @throws the error of a connection. */
async function call(client: Client, commands: readonly (readonly [string, ...string[]])[]): Promise<unknown[]> {
  const replies: unknown[] = [];
  for (const step of slicesOf(commands, CALLS_A_STEP))
    replies.push(...(await Promise.all(step.map((command) => client.call(...command).catch(replyOrThrow)))));
  return replies;
}

function replyOrThrow(error: Error): Error {
  if (error.name === 'ReplyError') return error;
  throw error;
}
