import type { Redis } from 'ioredis';

/** Keys without their prefix, each with its type and all it holds, in an order that does not change. */
export type StoredKeys = Readonly<Record<string, StoredKey>>;

interface StoredKey {
  readonly type: string;
  readonly value: readonly string[];
}

/** A time of this century in ms, and in µs as claim numbers are. */
const MS = /(?<![1-9])1[6-9]\d{11}(?!\d)/g;
const US = /(?<![1-9])1[6-9]\d{14}(?!\d)/g;
/** What stands for them in a fixture. Long ago: what was scheduled is due, who held a lease has lost it. */
const MS_THEN = 1_764_000_000_000;
const US_THEN = MS_THEN * 1_000;

/** Everything under a prefix, with its times left out and random ids of producers replaced. */
export async function dumpKeys(redis: Redis, prefix: string): Promise<StoredKeys> {
  const names = (await redis.keys(`{${prefix}:*}:*`)).toSorted();
  const entries = await Promise.all(names.map(async (name) => [nameOf(name), await dumpKey(redis, name)] as const));
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** Puts a fixture under a prefix. */
export async function loadKeys(redis: Redis, prefix: string, keys: StoredKeys): Promise<void> {
  for (const [name, { type, value }] of Object.entries(keys)) {
    const key = `{${prefix}:0}:${name}`;
    const parts = value.map((text) => text.replaceAll('<us>', String(US_THEN)).replaceAll('<ms>', String(MS_THEN)));
    if (type === 'hash') await redis.hset(key, ...parts);
    else if (type === 'list') await redis.rpush(key, ...parts);
    else if (type === 'zset')
      for (let at = 0; at < parts.length; at += 2) await redis.zadd(key, parts[at + 1]!, parts[at]!);
    else await redis.set(key, parts[0]!);
  }
}

const nameOf = (key: string): string => key.slice(key.indexOf('}:') + 2).replace(/^producer:.*/, 'producer:p1');

async function dumpKey(redis: Redis, key: string): Promise<StoredKey> {
  const type = await redis.type(key);
  return { type, value: (await valueOf(redis, key, type)).map(withoutTimes) };
}

async function valueOf(redis: Redis, key: string, type: string): Promise<string[]> {
  if (type === 'hash')
    return Object.entries(await redis.hgetall(key))
      .toSorted(byName)
      .flat();
  if (type === 'list') return redis.lrange(key, 0, -1);
  if (type === 'zset') return redis.zrange(key, 0, '-1', 'WITHSCORES');
  return [(await redis.get(key)) ?? ''];
}

const byName = ([one]: [string, string], [other]: [string, string]): number => (one < other ? -1 : 1);
const withoutTimes = (text: string): string => text.replaceAll(US, '<us>').replaceAll(MS, '<ms>');
