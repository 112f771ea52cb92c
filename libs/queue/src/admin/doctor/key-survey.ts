import { classifyFailure } from '../../redis/call-fate.js';
import { keyPattern, readKey } from '../../redis/queue-keys.js';
import type { RedisConnections } from '../../redis/redis-connections.js';
import { withDeadline } from '../../redis/script-runner.js';

/** Keys one step of SCAN looks at. */
const KEYS_A_STEP = 1_000;

/** Rooms of places that belong to a queue. */
const QUEUE_ROOMS: readonly string[] = ['ready', 'scheduled', 'quarantine'];

/** Rooms whose keys must end by themselves. */
const ENDING_ROOMS = ['unique', 'producer', 'bench', 'limit', 'attempts'] as const;

/** What the names of the keys of one partition tell. */
export interface PartitionKeys {
  /** Queues that have or had jobs here. */
  readonly queues: Set<string>;
  /** Worker ids with a processing set or a hash. */
  readonly workers: Set<string>;
  /** `<queue>:<kind>` of lists of parked jobs. */
  readonly parked: Set<string>;
  /** Keys that must end by themselves, by room. */
  readonly ending: ReadonlyMap<string, string[]>;
}

type Master = Awaited<ReturnType<RedisConnections['masters']>>[number];

interface Scope {
  readonly prefix: string;
  readonly deadlineMs: number;
}

/** What the names of all keys of a prefix tell. */
export interface KeySurvey {
  readonly partitions: readonly PartitionKeys[];
  /** Keys of partitions that this queue does not have. */
  readonly beyond: readonly string[];
}

/** Walks once over the names of the keys of a Redis database, in bounded steps. The one thing that no index knows. */
export async function surveyKeys(
  connections: RedisConnections,
  options: Scope & { readonly partitions: number },
  onKeys: (count: number) => void,
): Promise<KeySurvey> {
  const partitions = Array.from({ length: options.partitions }, emptyKeys);
  const beyond: string[] = [];
  const seen = new Set<string>();
  for await (const keys of stepsOf(connections, options)) {
    for (const key of keys) {
      const facts = readKey(options.prefix, key);
      if (!facts || seen.has(key)) continue;
      seen.add(key);
      const partition = partitions[facts.partition];
      if (partition) note(partition, facts.room, facts.name, key);
      else beyond.push(key);
    }
    onKeys(seen.size);
  }
  return { partitions, beyond };
}

/** The keys of one step of SCAN after another, on each server that holds keys. */
async function* stepsOf(connections: RedisConnections, scope: Scope): AsyncGenerator<string[]> {
  for (const master of await connections.masters()) {
    let cursor = '0';
    do {
      const [next, keys] = await scan(master, cursor, scope);
      yield keys;
      cursor = next;
    } while (cursor !== '0');
  }
}

async function scan(master: Master, cursor: string, { prefix, deadlineMs }: Scope): Promise<[string, string[]]> {
  try {
    return await withDeadline(master.scan(cursor, 'MATCH', keyPattern(prefix), 'COUNT', KEYS_A_STEP), deadlineMs);
  } catch (error) {
    throw classifyFailure(error);
  }
}

function note({ queues, workers, parked, ending }: PartitionKeys, room: string, name: string, key: string): void {
  if (QUEUE_ROOMS.includes(room)) queues.add(name);
  if (room === 'processing' || room === 'worker') workers.add(name);
  if (room === 'parked') parked.add(name);
  ending.get(room)?.push(key);
}

function emptyKeys(): PartitionKeys {
  return {
    queues: new Set(),
    workers: new Set(),
    parked: new Set(),
    ending: new Map(ENDING_ROOMS.map((room) => [room, []])),
  };
}
