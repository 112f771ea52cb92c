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
    ['REDIS_TLS_ENABLED', 'true', 'redis.tls.enabled: true (REDIS_TLS_ENABLED) is not available'],
    ['OBSERVABILITY_TLS_ENABLED', '1', 'use false'],
    ['OBSERVABILITY_TRACING_ENABLED', '1', 'use false'],
    ['ADMIN_ACCESS_MODE', 'token', 'use off'],
  ])('is refused: %s=%s', (variable, value, message) => {
    expect(() => load({ [variable]: value })).toThrow(message);
  });

  it('may be given when it is switched off', () => {
    expect(load({ REDIS_MODE: 'standalone', ADMIN_ACCESS_MODE: 'off' }).warnings).toEqual([]);
  });

  it('is accepted with a warning when it only tunes', () => {
    expect(load({ OBSERVABILITY_TLS_CERT_FILE: '/c', OBSERVABILITY_TLS_KEY_FILE: '' }).warnings).toEqual([
      'observability.tls.cert_file: "/c" (OBSERVABILITY_TLS_CERT_FILE) has no effect in this version',
    ]);
  });
});
