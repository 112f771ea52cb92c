import type { Redis } from 'ioredis';
import { decodeHistory } from '../../queue/src/job/job-history.js';
import { QueueKeys } from '../../queue/src/redis/queue-keys.js';
import { placesOf, type PartitionPlaces } from './job-places.js';

const MOST_SHOWN = 20;

/**
 * Invariant I2: every record is in exactly one container, no container holds an id twice or an id without a record
 * (a dead one whose record was missing excepted).
 *
 * @throws {Error} with one line for each offending id.
 */
export async function expectOnePlace(redis: Redis, prefix: string, partitions?: number): Promise<PartitionPlaces[]> {
  const places = await placesOf(redis, prefix, partitions);
  const faults = await placeFaults(redis, prefix, places);
  if (faults.length === 0) return places;
  const shown = faults.slice(0, MOST_SHOWN).map((fault) => `  ${fault}`);
  if (faults.length > MOST_SHOWN) shown.push(`  … and ${faults.length - MOST_SHOWN} more`);
  throw new Error(`${faults.length} jobs of prefix "${prefix}" are not in exactly one place:\n${shown.join('\n')}`);
}

/** What breaks "one place", one line an id; empty when all is well. */
export async function placeFaults(redis: Redis, prefix: string, places: readonly PartitionPlaces[]): Promise<string[]> {
  const faults = await Promise.all(places.map((partition) => faultsOf(redis, prefix, partition)));
  return [...faults.flat(), ...strayRecords(places)];
}

async function faultsOf(redis: Redis, prefix: string, places: PartitionPlaces): Promise<string[]> {
  const held = containersById(places);
  const ids = new Set([...places.records, ...held.keys()]);
  const faults = [...ids].flatMap((id) => countFault(id, held.get(id) ?? []) ?? []);
  for (const [id, containers] of held) {
    if (!places.records.has(id) && !(await diedWithoutRecord(redis, prefix, places, id))) {
      faults.push(`${id}: no record, but in ${containers.join(', ')}`);
    }
  }
  return faults;
}

/** One look at each entry: a soak leaves hundreds of thousands. */
function containersById({ containers }: PartitionPlaces): Map<string, string[]> {
  const byId = new Map<string, string[]>();
  for (const [name, ids] of containers) {
    for (const id of ids) {
      const known = byId.get(id);
      if (known) known.push(name);
      else byId.set(id, [name]);
    }
  }
  return byId;
}

function countFault(id: string, containers: readonly string[]): string | undefined {
  if (containers.length === 1) return undefined;
  return containers.length === 0 ? `${id}: has a record, but is nowhere` : `${id}: in ${containers.join(', ')}`;
}

async function diedWithoutRecord(redis: Redis, prefix: string, places: PartitionPlaces, id: string): Promise<boolean> {
  if (!places.containers.get('dead')?.includes(id)) return false;
  const history = await redis.hget(new QueueKeys(prefix, places.partition).history, id);
  return decodeHistory(history).reason === 'record-missing';
}

function strayRecords(places: readonly PartitionPlaces[]): string[] {
  const seen = new Map<string, number>();
  const faults: string[] = [];
  for (const { partition, records } of places) {
    for (const id of records) {
      const first = seen.get(id);
      if (first === undefined) seen.set(id, partition);
      else faults.push(`${id}: has records in partitions ${first} and ${partition}`);
    }
  }
  return faults;
}
