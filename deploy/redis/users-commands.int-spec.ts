import { NOT_ALLOWED, QueueKeys, useRedis } from '@app/testing';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { plantAll } from './planted-partition.js';

const USERS = ['producer', 'worker', 'admin', 'metrics'] as const;
type User = (typeof USERS)[number];

/** By its rules, or before they are looked at: Redis lets nobody debug unless it was started so. */
const REFUSED = new RegExp(`${NOT_ALLOWED.source}|DEBUG command not allowed`);

const NOBODY: readonly User[] = [];
const EVERYBODY: readonly User[] = USERS;

describe('the users of deploy/redis/users.acl and single commands', () => {
  const redis = useRedis({ hasUsers: true, checkPlaces: false, checkRefusals: false });
  const clients = new Map<User, Redis>();
  beforeAll(() => {
    const { host, port, password } = redis;
    for (const username of USERS) clients.set(username, new Redis({ host, port, password, username }));
  });
  beforeEach(async () => {
    await plantAll(redis.redis, redis.prefix());
    await plantAll(redis.redis, 'other');
  });
  afterAll(() => {
    for (const client of clients.values()) client.disconnect();
  });

  /** Who is not refused; a command that Redis takes and then finds wrong in its arguments was allowed. */
  async function whoMay(command: readonly string[]): Promise<User[]> {
    const keys = new QueueKeys(redis.prefix(), 0);
    const own = new QueueKeys('other', 0);
    const words = command.map((word) => word.replace('T:', keys.tag).replace('OTHER:', own.tag));
    const allowed: User[] = [];
    for (const [user, client] of clients) {
      const [name = '', ...args] = words;
      const error = await client.call(name, ...args).then(
        () => undefined,
        (failure: Error) => failure,
      );
      if (!REFUSED.test(error?.message ?? '')) allowed.push(user);
    }
    return allowed;
  }

  it.each<[string, readonly User[]]>([
    // what brings a server down, changes it, or tells of others
    ['FLUSHALL', NOBODY],
    ['FLUSHDB', NOBODY],
    ['SWAPDB 0 1', NOBODY],
    ['CONFIG GET dir', NOBODY],
    ['CONFIG SET maxmemory 1', NOBODY],
    ['CONFIG RESETSTAT', NOBODY],
    ['KEYS *', NOBODY],
    ['RANDOMKEY', NOBODY],
    ['DBSIZE', NOBODY],
    ['DEBUG SLEEP 0', NOBODY],
    ['SHUTDOWN NOSAVE', NOBODY],
    ['SAVE', NOBODY],
    ['BGSAVE', NOBODY],
    ['BGREWRITEAOF', NOBODY],
    ['REPLICAOF NO ONE', NOBODY],
    ['FAILOVER', NOBODY],
    ['ACL LIST', NOBODY],
    ['ACL WHOAMI', NOBODY],
    ['ACL SETUSER producer +@all', NOBODY],
    ['MONITOR', NOBODY],
    ['CLIENT LIST', NOBODY],
    ['CLIENT KILL TYPE normal', NOBODY],
    ['CLIENT PAUSE 0', NOBODY],
    ['SLOWLOG GET', NOBODY],
    ['LATENCY RESET', NOBODY],
    ['MODULE LIST', NOBODY],
    ['SCRIPT FLUSH', NOBODY],
    ['SCRIPT KILL', NOBODY],
    ['SCRIPT LOAD return', NOBODY],
    ['FUNCTION FLUSH', NOBODY],
    ['CLUSTER RESET', NOBODY],
    ['SUBSCRIBE news', NOBODY],
    ['PUBLISH news text', NOBODY],
    ['INFO server', EVERYBODY],
    ['PING', EVERYBODY],
    // names of keys
    ['SCAN 0', ['admin']],
    ['TYPE T:jobs', NOBODY],
    ['EXISTS T:jobs', ['worker', 'admin']],
    // scripts of their own: what they call is checked all the same
    ['EVAL return 0', ['producer', 'worker', 'admin']],
    ["EVAL return(redis.call('FLUSHALL')) 0", NOBODY],
    ["EVAL return(redis.call('RPOP',KEYS[1])) 1 T:ready:low", ['worker']],
    ["EVAL return(redis.call('DEL',KEYS[1])) 1 T:audit", NOBODY],
    ['EVAL return 1 OTHER:jobs', NOBODY],
    ['EVAL_RO return 1 T:jobs', EVERYBODY],
    ['EVAL_RO return 1 OTHER:jobs', NOBODY],
    // taking and reading jobs
    ['RPOP T:ready:low', ['worker']],
    ['BLPOP T:wake:low 0.01', ['worker']],
    ['LPOP T:ready:low', NOBODY],
    ['LMOVE T:ready:low T:ready:high RIGHT LEFT', NOBODY],
    ['BLMPOP 0.01 1 T:bench:run LEFT', ['admin']],
    ['BLMPOP 0.01 1 T:ready:low LEFT', NOBODY],
    ['LRANGE T:ready:low 0 -1', ['worker', 'admin']],
    ['LREM T:ready:low 0 waiting', ['worker', 'admin']],
    ['LTRIM T:ready:low 1 0', NOBODY],
    ['HGETALL T:jobs', ['worker', 'admin']],
    ['HGETALL T:paused', EVERYBODY],
    ['HDEL T:jobs waiting', ['worker', 'admin']],
    ['HSET T:jobs waiting text', ['admin']],
    ['HSETNX T:jobs waiting text', ['producer']],
    ['HSET T:paused low text', ['admin']],
    ['HSET T:control partitions 9', ['worker', 'admin']],
    ['ZREM T:scheduled:low later', ['worker', 'admin']],
    ['ZREM T:dead dead', ['admin']],
    ['ZADD T:processing:w1 1 mine', ['worker']],
    ['RPUSH T:ready:low text', ['worker', 'admin']],
    ['LPUSH T:ready:low text', ['producer', 'worker', 'admin']],
    ['ZADD T:workers 1 me', ['worker']],
    ['LLEN T:ready:low', EVERYBODY],
    // whole keys
    ['DEL T:jobs', NOBODY],
    ['UNLINK T:jobs', ['admin']],
    ['DEL T:worker:w1', ['worker', 'admin']],
    ['EXPIRE T:jobs 1', NOBODY],
    ['PEXPIRE T:jobs 1', NOBODY],
    ['RENAME T:jobs T:history', NOBODY],
    ['COPY T:jobs OTHER:jobs', NOBODY],
    ['DUMP T:jobs', NOBODY],
    ['SET T:jobs text', NOBODY],
    ['SET T:unique:order-1 id', ['producer']],
    ['SORT T:ready:low', NOBODY],
    ['OBJECT FREQ T:jobs', NOBODY],
    ['MEMORY USAGE T:jobs', ['admin']],
    ['MEMORY PURGE', NOBODY],
    // the audit trail
    ['XADD T:audit * phase result', ['admin']],
    ['XREVRANGE T:audit + - COUNT 1', ['admin']],
    ['XLEN T:audit', ['admin']],
    ['DEL T:audit', NOBODY],
    ['UNLINK T:audit', NOBODY],
    ['PEXPIRE T:audit 1', NOBODY],
    ['XTRIM T:audit MAXLEN 0', NOBODY],
    ['XDEL T:audit 0-1', NOBODY],
    ['XSETID T:audit 9-9', NOBODY],
    ['LPUSH T:audit text', NOBODY],
    // keys of others
    ['HGET OTHER:jobs waiting', NOBODY],
    ['LRANGE OTHER:ready:low 0 -1', NOBODY],
    ['LLEN OTHER:ready:low', NOBODY],
    ['LPUSH OTHER:ready:low text', NOBODY],
    ['UNLINK OTHER:jobs', NOBODY],
    ['GET session:1', NOBODY],
    // what the client of a cluster asks for
    ['CLUSTER SLOTS', EVERYBODY],
    ['CLUSTER INFO', EVERYBODY],
    ['ASKING', EVERYBODY],
  ])('%s: %j', async (command, users) => {
    expect(await whoMay(command.split(' '))).toEqual([...users]);
  });
});
