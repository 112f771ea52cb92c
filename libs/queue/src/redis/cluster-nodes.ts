import { Cluster, Command, type Redis } from 'ioredis';
import type { RedisClient, ServerAddress } from './redis-client.js';

const slots = new Map<string, number>();

/** Where the map of the cluster says that a key is; undefined: the map is not known, or there is no cluster. */
export function ownerOf(client: RedisClient, key: string): ServerAddress | undefined {
  const owner = client instanceof Cluster ? client.slots[slotOf(key)]?.[0] : undefined;
  if (owner === undefined) return undefined;
  const colon = owner.lastIndexOf(':');
  return { host: owner.slice(0, colon), port: Number(owner.slice(colon + 1)) };
}

/**
 * Whether a call for this key can be sent right now. A node that is known to be away makes it false, and has the map of the
 * cluster read again: only what was not sent may be answered with "not sent".
 */
export function canServe(client: RedisClient, key: string | undefined): boolean {
  if (client.status !== 'ready') return false;
  if (key === undefined || !(client instanceof Cluster) || client.options.enableOfflineQueue) return true;
  const owner = ownerOf(client, key);
  const node = client
    .nodes('master')
    .find(({ options }) => options.host === owner?.host && options.port === owner?.port);
  if (!node || node.status === 'ready' || node.status === 'wait') return true;
  client.refreshSlotsCache();
  return false;
}

/** The servers that hold keys: all masters of a cluster, else the one. */
export function mastersOf(client: RedisClient): Redis[] {
  return client instanceof Cluster ? client.nodes('master') : [client];
}

/** Keys of one hash tag share a slot, and there are few tags: each is calculated once. */
function slotOf(key: string): number {
  const tag = key.slice(0, key.indexOf('}') + 1);
  let slot = slots.get(tag);
  if (slot === undefined) slots.set(tag, (slot = new Command('get', [key]).getSlot()));
  return slot;
}
