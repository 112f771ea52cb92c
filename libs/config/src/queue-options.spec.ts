import { DEFAULT_QUEUE_OPTIONS, DEFAULT_WORKER_OPTIONS } from '@app/queue';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.js';
import { toQueueOptions, toWorkerOptions } from './queue-options.js';
import { type SettingEntry, SETTINGS } from './schema/setting-list.js';
import { AppConfig } from './sections/app-config.js';

describe('the options of libs/queue', () => {
  it('have the same defaults as the settings', () => {
    expect(toQueueOptions(new AppConfig())).toEqual(DEFAULT_QUEUE_OPTIONS);
    expect(toWorkerOptions(new AppConfig())).toEqual(DEFAULT_WORKER_OPTIONS);
  });

  it('carry what the operator set', () => {
    const env = {
      REDIS_ADDR: 'db:1',
      QUEUE_COMPLETED_KEEP_FOR: '1h',
      WORKER_BACKOFF_MAX: '1m',
      CIRCUIT_BREAKER_WINDOW: '2m',
    };
    const { config } = loadConfig({ env, cwd: '/' });

    expect(toQueueOptions(config)).toMatchObject({ redis: { addr: 'db:1' }, completed: { keepForMs: 3_600_000 } });
    expect(toWorkerOptions(config)).toMatchObject({
      backoff: { baseMs: 500, maxMs: 60_000 },
      circuitBreaker: { windowMs: 120_000, minSamples: 20 },
    });
  });

  it('carry the way in which Redis is run', () => {
    const env = { REDIS_MODE: 'sentinel', REDIS_SENTINEL_MASTER_NAME: 'main', REDIS_SENTINEL_ADDRS: 'a:1,b:2' };

    expect(toQueueOptions(loadConfig({ env, cwd: '/' }).config).redis).toMatchObject({
      mode: 'sentinel',
      sentinel: { masterName: 'main', addrs: ['a:1', 'b:2'] },
    });
    const cluster = { REDIS_MODE: 'cluster', REDIS_CLUSTER_ADDRS: 'a:1,b:2' };
    expect(toQueueOptions(loadConfig({ env: cluster, cwd: '/' }).config).redis).toMatchObject({
      mode: 'cluster',
      cluster: { addrs: ['a:1', 'b:2'] },
    });
  });

  const ROOMS = /^(redis|queue|worker|circuit_breaker)\./;
  /** Built-in handlers read theirs themselves; redis.url becomes the address; files of TLS have an end-to-end spec; modes: above. */
  const ELSEWHERE =
    /^(worker\.(file_digest|http_request|command_run)\.|redis\.tls\.\w+_(file|name)$|redis\.(url|mode)$|redis\.(sentinel\.(master_name|addrs)|cluster\.addrs)$)/;

  it.each(SETTINGS.filter(({ path }) => ROOMS.test(path) && !ELSEWHERE.test(path)))(
    'hand $path to the engine',
    (entry) => {
      const { config } = loadConfig({ env: { [entry.envName]: anotherValue(entry), ...BESIDE[entry.path] }, cwd: '/' });
      const { config: before } = loadConfig({ env: { ...BESIDE[entry.path] }, cwd: '/' });

      expect([toQueueOptions(config), toWorkerOptions(config)]).not.toEqual([
        toQueueOptions(before),
        toWorkerOptions(before),
      ]);
    },
  );
});

/** What another setting must be for a value to be taken. */
const BESIDE: Readonly<Record<string, NodeJS.ProcessEnv>> = {
  'queue.names': { WORKER_PRIORITIES: 'high', PRODUCER_DEFAULT_PRIORITY: 'high', WORKER_WEIGHTS: 'high=5' },
};

const ANOTHER: Readonly<Record<string, string>> = {
  'redis.addr': 'db:1',
  'queue.names': 'high',
  'worker.priorities': 'low',
  'worker.weights': 'high=2',
  'circuit_breaker.failure_threshold': '0.9',
};

function anotherValue({ path, type, defaultValue }: SettingEntry): string {
  if (ANOTHER[path] !== undefined) return ANOTHER[path];
  if (type.name === 'duration') return type.format(Number(defaultValue) + 1_000);
  if (typeof defaultValue === 'boolean') return String(!defaultValue);
  if (typeof defaultValue === 'number') return String(defaultValue + 1);
  return type.expected === 'strict or weighted' ? 'weighted' : 'another';
}
