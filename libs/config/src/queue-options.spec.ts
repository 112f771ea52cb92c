import { DEFAULT_QUEUE_OPTIONS, DEFAULT_WORKER_OPTIONS } from '@app/queue';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.js';
import { toQueueOptions, toWorkerOptions } from './queue-options.js';
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
});
