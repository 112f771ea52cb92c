import { describe, expect, it } from 'vitest';
import { ConfigError } from '../config.error.js';
import { loadConfig } from '../load-config.js';

function complaints(env: NodeJS.ProcessEnv): string[] {
  try {
    loadConfig({ env, cwd: '/' });
    return [];
  } catch (error) {
    return (error as ConfigError).issues.map(({ path, expected }) => `${path}: ${expected}`);
  }
}

describe('the rules between settings', () => {
  it('demand that every queue that is used has a name', () => {
    expect(
      complaints({ WORKER_PRIORITIES: 'high,medium', WORKER_WEIGHTS: 'medium=1', PRODUCER_DEFAULT_PRIORITY: 'medium' }),
    ).toEqual([
      'worker.priorities: names from queue.names: high, low',
      'worker.weights: names from queue.names: high, low',
      'producer.default_priority: names from queue.names: high, low',
    ]);
  });

  it('let a worker serve some of the queues', () => {
    expect(complaints({ WORKER_PRIORITIES: 'low' })).toEqual([]);
  });

  it('demand a weight for each queue of a weighted worker', () => {
    expect(complaints({ WORKER_PRIORITY_MODE: 'weighted', WORKER_WEIGHTS: 'high=5' })).toEqual([
      'worker.weights: a weight for each of worker.priorities',
    ]);
    expect(complaints({ WORKER_PRIORITY_MODE: 'strict', WORKER_WEIGHTS: 'high=5' })).toEqual([]);
  });

  it('demand a collector when traces are sent', () => {
    const tracing = (endpoint: string) =>
      complaints({ OBSERVABILITY_TRACING_ENABLED: '1', OBSERVABILITY_TRACING_ENDPOINT: endpoint });

    for (const endpoint of ['', 'collector:4318', 'http://', 'ftp://collector'])
      expect(tracing(endpoint)).toEqual([
        'observability.tracing.endpoint: the URL of an OTLP collector, as in http://collector:4318',
      ]);
    expect(tracing('http://collector:4318')).toEqual([]);
  });

  it('demand a lease of 5 s, of 1 s in tests', () => {
    expect(complaints({ WORKER_HEARTBEAT_TTL: '4s' })).toEqual(['worker.heartbeat_ttl: a duration ≥ 5s']);
    expect(complaints({ WORKER_HEARTBEAT_TTL: '4s', NODE_ENV: 'production' })).toHaveLength(1);
    expect(complaints({ WORKER_HEARTBEAT_TTL: '1s', NODE_ENV: 'test' })).toEqual([]);
    expect(complaints({ WORKER_HEARTBEAT_TTL: '999ms', NODE_ENV: 'test' })).toHaveLength(1);
  });

  it('demand that the backoff does not start above its end', () => {
    expect(complaints({ WORKER_BACKOFF_BASE: '11s' })).toEqual([
      'worker.backoff.base: at most worker.backoff.max, 10s',
    ]);
    expect(complaints({ WORKER_BACKOFF_BASE: '10s' })).toEqual([]);
  });

  it('demand the addresses that a mode needs, and refuse those of another mode', () => {
    const sentinel = { REDIS_MODE: 'sentinel', REDIS_SENTINEL_MASTER_NAME: 'main', REDIS_SENTINEL_ADDRS: 'a:1,b:1' };
    const cluster = { REDIS_MODE: 'cluster', REDIS_CLUSTER_ADDRS: 'a:1' };

    expect(complaints(sentinel)).toEqual([]);
    expect(complaints(cluster)).toEqual([]);
    expect(complaints({ REDIS_MODE: 'sentinel' })).toEqual([
      'redis.sentinel.master_name: a value, since redis.mode is sentinel',
      'redis.sentinel.addrs: a value, since redis.mode is sentinel',
    ]);
    expect(complaints({ REDIS_MODE: 'cluster' })).toEqual([
      'redis.cluster.addrs: a value, since redis.mode is cluster',
    ]);
    expect(complaints({ REDIS_CLUSTER_ADDRS: 'a:1' })).toEqual([
      'redis.cluster.addrs: nothing unless redis.mode is cluster',
    ]);
    expect(complaints({ ...sentinel, REDIS_MODE: 'standalone' })).toHaveLength(2);
    expect(complaints({ ...cluster, REDIS_DB: '1' })).toEqual(['redis.db: 0, the only one of a cluster']);
  });

  it('demand a token of HTTP clients when the port is open to others, unless the file says otherwise', () => {
    const open = { PRODUCER_HTTP_ENABLED: 'true', PRODUCER_HTTP_BIND: '0.0.0.0' };

    expect(complaints(open)).toEqual([
      'producer.http.bearer_token_file: a file with a token, since producer.http.bind 0.0.0.0 is not loopback; producer.http.auth: off goes without',
    ]);
    expect(complaints({ ...open, PRODUCER_HTTP_BEARER_TOKEN_FILE: '/run/token' })).toEqual([]);
    expect(complaints({ ...open, PRODUCER_HTTP_AUTH: 'off' })).toEqual([]);
    expect(complaints({ ...open, PRODUCER_HTTP_AUTH: 'off', PRODUCER_HTTP_BEARER_TOKEN_FILE: '/t' })).toHaveLength(1);
    expect(complaints({ ...open, PRODUCER_HTTP_ENABLED: 'false' })).toEqual([]);
    for (const bind of ['127.0.0.1', '127.8.0.1', 'localhost', '::1'])
      expect(complaints({ ...open, PRODUCER_HTTP_BIND: bind })).toEqual([]);
    for (const bind of ['10.0.0.1', '::', '127.example.org'])
      expect(complaints({ ...open, PRODUCER_HTTP_BIND: bind })).toHaveLength(1);
  });

  it('demand that the largest payload fits into a request', () => {
    const env = { PRODUCER_HTTP_ENABLED: 'true', PRODUCER_HTTP_MAX_BODY_BYTES: '266240' };

    expect(complaints(env)).toEqual([]);
    expect(complaints({ ...env, QUEUE_MAX_PAYLOAD_BYTES: '262145' })).toEqual([
      'producer.http.max_body_bytes: at least 266241: queue.max_payload_bytes and 4096 for the other fields',
    ]);
  });

  it('demand all that tokens are checked against, when commands need one', () => {
    const token = { ADMIN_ACCESS_MODE: 'token' };
    const given = { ADMIN_ACCESS_KEY_FILE: '/keys', ADMIN_ACCESS_ISSUER: 'ops', ADMIN_ACCESS_AUDIENCE: 'queue' };

    expect(complaints(token)).toEqual([
      'admin.access.key_file: a file with public keys, as token keygen makes one, since admin.access.mode is token',
      'admin.access.issuer: a name, since admin.access.mode is token',
      'admin.access.audience: a name, since admin.access.mode is token',
    ]);
    expect(complaints({ ...token, ...given })).toEqual([]);
    expect(complaints({ ...token, ...given, ADMIN_ACCESS_ISSUER: ' ' })).toHaveLength(1);
    expect(complaints({ ADMIN_ACCESS_MODE: 'off' })).toEqual([]);
  });

  it('demand certificate and key of a listener that speaks TLS', () => {
    const tls = { OBSERVABILITY_TLS_ENABLED: 'true' };

    expect(complaints(tls)).toEqual([
      'observability.tls.cert_file: a PEM file, since observability.tls.enabled is true',
      'observability.tls.key_file: a PEM file, since observability.tls.enabled is true',
    ]);
    expect(complaints({ ...tls, OBSERVABILITY_TLS_CERT_FILE: '/c', OBSERVABILITY_TLS_KEY_FILE: '/k' })).toEqual([]);
    expect(complaints({ OBSERVABILITY_TLS_CA_FILE: '/ca' })).toEqual([]);
  });

  it('stay silent about values that are wrong themselves', () => {
    expect(complaints({ QUEUE_NAMES: 'Bad Name' }).map((line) => line.split(':')[0])).toEqual(['queue.names']);
  });
});
