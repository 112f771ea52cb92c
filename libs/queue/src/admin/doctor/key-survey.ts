import { classifyFailure } from '../../redis/call-fate.js';
import { keyPattern, readKey } from '../../redis/queue-keys.js';
import type { RedisConnections } from '../../redis/redis-connections.js';
import { withDeadline } from '../../redis/script-runner.js';

/** Keys one step of SCAN looks at. */
const KEYS_A_STEP = 1_000;

/** Rooms of places that belong to a queue. */
const QUEUE_ROOMS: readonly string[] = ['ready', 'scheduled', 'quarantine'];

/** Rooms whose keys must end by themselves. */
const ENDING_ROOMS = ['unique', 'producer', 'bench', 'limit'] as const;

/** What the names of the keys of one partition tell. */
export interface PartitionKeys {
  /** Queues that have or had jobs here. */
  readonly queues: Set<string>;
  /** Worker ids with a processing set or a hash. */
  readonly workers: Set<string>;
  /** Keys that must end by themselves, by room. */
  readonly ending: ReadonlyMap<string, string[]>;
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
  options: { readonly prefix: string; readonly partitions: number; readonly deadlineMs: number },
  onKeys: (count: number) => void,
): Promise<KeySurvey> {
  const partitions = Array.from({ length: options.partitions }, emptyKeys);
  const beyond: string[] = [];
  const seen = new Set<string>();
  let cursor = '0';
  do {
    const [next, keys] = await scan(connections, cursor, options);
    for (const key of keys) {
      const facts = readKey(options.prefix, key);
      if (!facts || seen.has(key)) continue;
      seen.add(key);
      const partition = partitions[facts.partition];
      if (partition) note(partition, facts.room, facts.name, key);
      else beyond.push(key);
    }
    onKeys(seen.size);
    cursor = next;
  } while (cursor !== '0');
  return { partitions, beyond };
}

async function scan(
  connections: RedisConnections,
  cursor: string,
  { prefix, deadlineMs }: { readonly prefix: string; readonly deadlineMs: number },
): Promise<[string, string[]]> {
  const { client } = await connections.acquire();
  try {
    return await withDeadline(client.scan(cursor, 'MATCH', keyPattern(prefix), 'COUNT', KEYS_A_STEP), deadlineMs);
  } catch (error) {
    throw classifyFailure(error);
  }
}

function note({ queues, workers, ending }: PartitionKeys, room: string, name: string, key: string): void {
  if (QUEUE_ROOMS.includes(room)) queues.add(name);
  if (room === 'processing' || room === 'worker') workers.add(name);
  ending.get(room)?.push(key);
}

function emptyKeys(): PartitionKeys {
  return { queues: new Set(), workers: new Set(), ending: new Map(ENDING_ROOMS.map((room) => [room, []])) };
}
