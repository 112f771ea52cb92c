import type { Redis } from 'ioredis';
import { QueueKeys } from '../../queue/src/redis/queue-keys.js';

/** Where the jobs of one partition are. */
export interface PartitionPlaces {
  readonly partition: number;
  /** Ids that have a record. */
  readonly records: ReadonlySet<string>;
  /** Container (`ready:high`, `processing:<workerId>`, `dead` …) → ids, in stored order. */
  readonly containers: ReadonlyMap<string, readonly string[]>;
}

// One script, so that the picture is of one instant, also under load. It looks keys up by pattern: fit for tests only.
const SNAPSHOT = `
local found = {}
-- the key that is named leads to the right node of a cluster
for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
  local name = string.sub(key, #ARGV[1] + 1)
  local room = string.match(name, '^[^:]+')
  local ids
  if name == 'jobs' then ids = redis.call('HKEYS', key)
  elseif room == 'ready' or room == 'quarantine' or room == 'parked' or name == 'completed' then ids = redis.call('LRANGE', key, 0, -1)
  elseif room == 'scheduled' or room == 'processing' or name == 'dead' then ids = redis.call('ZRANGE', key, 0, -1)
  end
  if ids then found[#found + 1] = { name, ids } end
end
return found`;

const SIZES = `
local found = {}
for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
  local name = string.sub(key, #ARGV[1] + 1)
  local room = string.match(name, '^[^:]+')
  if room == 'ready' or room == 'quarantine' or room == 'parked' or name == 'completed' then found[#found + 1] = { name, redis.call('LLEN', key) }
  elseif room == 'scheduled' or room == 'processing' or name == 'dead' then found[#found + 1] = { name, redis.call('ZCARD', key) }
  end
end
return found`;

/** How many jobs each container of a partition holds; cheap, also when these are very many. */
export async function placeSizes(redis: Redis, prefix: string, partition = 0): Promise<[name: string, size: number][]> {
  const { control, tag } = new QueueKeys(prefix, partition);
  return (await redis.eval(SIZES, 1, control, tag)) as [string, number][];
}

/** Reads everything a prefix holds, partition by partition, each in one atomic step. */
export async function placesOf(redis: Redis, prefix: string, partitions?: number): Promise<PartitionPlaces[]> {
  const count = partitions ?? (await countPartitions(redis, prefix));
  return Promise.all(Array.from({ length: count }, (_, partition) => readPartition(redis, prefix, partition)));
}

/** Every container that holds this id, as `<container>` or, for P > 1, `<partition>/<container>`. */
export function containersOf(id: string, partitions: readonly PartitionPlaces[]): string[] {
  return partitions.flatMap(({ partition, containers }) =>
    [...containers].flatMap(([name, ids]) =>
      ids.filter((held) => held === id).map(() => (partitions.length > 1 ? `${partition}/${name}` : name)),
    ),
  );
}

async function readPartition(redis: Redis, prefix: string, partition: number): Promise<PartitionPlaces> {
  const { control, tag } = new QueueKeys(prefix, partition);
  const found = (await redis.eval(SNAPSHOT, 1, control, tag)) as [string, string[]][];
  const containers = new Map(found);
  const records = new Set(containers.get('jobs'));
  containers.delete('jobs');
  return { partition, records, containers };
}

async function countPartitions(redis: Redis, prefix: string): Promise<number> {
  const keys = await redis.keys(`{${prefix}:*}:*`);
  const numbers = keys.map((key) => Number(/^\{.*:(\d+)\}:/.exec(key)?.[1] ?? 0));
  return Math.max(0, ...numbers) + 1;
}
