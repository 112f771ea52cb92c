import { describe, expect, it } from 'vitest';
import { loadConfig } from '../load-config.js';

const load = (env: NodeJS.ProcessEnv) => loadConfig({ env, cwd: '/' });

describe('what this version does not have', () => {
  it.each([
    ['REDIS_MODE', 'sentinel', 'redis.mode: "sentinel" (REDIS_MODE) is not available in this version; use standalone'],
    ['REDIS_MODE', 'cluster', 'use standalone'],
    ['REDIS_SENTINEL_MASTER_NAME', 'main', 'use ""'],
    ['REDIS_SENTINEL_ADDRS', 'a:1,b:1', 'use []'],
    ['REDIS_CLUSTER_ADDRS', 'a:1', 'use []'],
  ])('is refused: %s=%s', (variable, value, message) => {
    expect(() => load({ [variable]: value })).toThrow(message);
  });

  it('may be given when it is switched off', () => {
    expect(load({ REDIS_MODE: 'standalone' }).warnings).toEqual([]);
  });
});
