import { describe, expect, it } from 'vitest';
import { describeConfig } from './describe-config.js';
import { loadConfig } from './load-config.js';
import { SETTINGS } from './schema/setting-list.js';

describe('describeConfig', () => {
  const env = { REDIS_URL: 'redis://ann:canary-secret@db.internal:7000/3', WORKER_HEARTBEAT_TTL: '90s' };
  const described = describeConfig(loadConfig({ env, cwd: '/' }));
  const one = (path: string) => described.find((line) => line.path === path);

  it('names every setting with its value and origin', () => {
    expect(described.map(({ path }) => path)).toEqual(SETTINGS.map(({ path }) => path));
    expect(one('worker.heartbeat_ttl')).toEqual({
      path: 'worker.heartbeat_ttl',
      value: '1m30s',
      origin: 'WORKER_HEARTBEAT_TTL',
    });
    expect(one('queue.names')).toEqual({ path: 'queue.names', value: '["high","low"]', origin: 'default' });
    expect(one('redis.addr')).toMatchObject({ value: '"db.internal:7000"', origin: 'REDIS_URL' });
  });

  it('hides secrets, but not that there are none', () => {
    expect(JSON.stringify(described)).not.toContain('canary-secret');
    expect(one('redis.password')).toMatchObject({ value: '(hidden)' });
    expect(one('redis.url')).toMatchObject({ value: '""' });
  });
});
