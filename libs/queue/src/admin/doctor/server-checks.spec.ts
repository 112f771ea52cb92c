import { describe, expect, it } from 'vitest';
import { clockFindings, readFields, serverFindings } from './server-checks.js';

const HEALTHY = [
  '# Server',
  'redis_version:7.0.15',
  'role:master',
  'maxmemory_policy:noeviction',
  'used_memory:10',
  'maxmemory:100',
  'evicted_keys:0',
  'aof_enabled:1',
  'aof_last_write_status:ok',
  'aof_last_bgrewrite_status:ok',
  'rdb_last_bgsave_status:ok',
  'slave0:ip=10.0.0.7,port=6379,state=online,offset=14,lag=1',
];

describe('serverFindings', () => {
  it('finds nothing wrong with a server as it should be', () => {
    expect(findings()).toEqual([]);
  });

  it.each<[string, string, string]>([
    ['redis_version:6.2.7', 'redis-version', 'Redis is 6.2.7, expected 7.0 or later'],
    ['valkey_version:7.1.0', 'redis-version', 'Valkey is 7.1.0, expected 7.2 or later'],
    ['role:slave', 'redis-role', 'this Redis is a replica'],
    ['maxmemory_policy:allkeys-lru', 'eviction-policy', 'maxmemory-policy is allkeys-lru: a full Redis deletes jobs'],
    ['evicted_keys:7', 'evicted-keys', 'Redis has evicted 7 keys since it started'],
    ['used_memory:95', 'memory', 'Redis uses 95 % of its memory'],
    ['aof_enabled:0', 'persistence', 'the append-only file is off'],
    ['aof_last_write_status:err', 'persistence', 'the last write to the append-only file failed'],
    ['rdb_last_bgsave_status:err', 'persistence', 'the last snapshot failed'],
    [
      'slave0:ip=10.0.0.7,port=6379,state=online,offset=1,lag=60',
      'replication',
      '10.0.0.7:6379 is online, 60 s behind',
    ],
    ['slave0:ip=10.0.0.7,port=6379,state=wait_bgsave,offset=0,lag=0', 'replication', '10.0.0.7:6379 is wait_bgsave'],
  ])('%s is %s', (line, check, what) => {
    expect(findings(line)).toEqual([
      expect.objectContaining({ check, what: expect.stringContaining(what), fix: null }),
    ]);
  });

  it('takes a Valkey that calls itself Redis 7.2 for compatibility as what it is', () => {
    expect(findings('redis_version:7.2.4', 'valkey_version:8.0.1')).toEqual([]);
  });

  function findings(...others: string[]) {
    return serverFindings(readFields([...HEALTHY, ...others].join('\r\n')));
  }
});

describe('clockFindings', () => {
  it.each<[number, number, string[]]>([
    [1_000, 0, []],
    [-1_500, 600, []],
    [5_000, 10, ['the clock of this machine is 5000 ms ahead of that of Redis']],
    [-90_000, 10, ['the clock of this machine is 90000 ms behind that of Redis']],
  ])('a difference of %i ms, known to %i ms', (differenceMs, uncertainMs, whats) => {
    expect(clockFindings(differenceMs, uncertainMs).map(({ what }) => what)).toEqual(whats);
  });
});
