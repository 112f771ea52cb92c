import type { QueueOverview } from '@app/queue';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { RedisGauges } from './redis-gauges.js';

const queue = {
  name: 'high',
  ready: 3,
  quarantined: 0,
  parked: 1,
  scheduled: 2,
  overdue: 1,
  oldestDueAgeMs: 1_500,
  paused: null,
};
const worker = { host: 'pod-a', pid: 7, partition: 0, revoked: false };
const overview = {
  queues: [queue, { ...queue, name: 'low', ready: 5, oldestDueAgeMs: null }],
  processing: { total: 4, oldestAgeMs: 250 },
  dead: { total: 0, oldestAgeMs: null },
  workers: [worker, { ...worker, partition: 1 }, { ...worker, pid: 8, revoked: true }],
  redis: { usedMemoryBytes: 1_000, maxMemoryBytes: 0 },
} as unknown as QueueOverview;

describe('RedisGauges', () => {
  it('shows a sample in seconds and bytes, summed where there is no label', async () => {
    const registry = new Registry();

    new RedisGauges(registry, ['high', 'low']).show(overview);

    expect(await samplesOf(registry)).toEqual([
      'queue_length{queue="high"} 3',
      'queue_length{queue="low"} 5',
      'queue_oldest_job_age_seconds{queue="high"} 1.5',
      'queue_oldest_job_age_seconds{queue="low"} 0',
      'scheduled_length 4',
      'scheduled_overdue 2',
      'processing_length 4',
      'processing_oldest_age_seconds 0.25',
      'dead_letter_length 0',
      'dead_letter_oldest_age_seconds 0',
      'workers_registered 1',
      'redis_memory_used_bytes 1000',
      'redis_memory_max_bytes 0',
    ]);
  });

  it('shows nothing after clear, though its names stay', async () => {
    const registry = new Registry();
    const gauges = new RedisGauges(registry, ['high', 'low']);
    gauges.show(overview);

    gauges.clear();

    expect(await samplesOf(registry)).toEqual([]);
    expect(await registry.metrics()).toContain('# TYPE queue_length gauge');
  });

  it('shows again what comes after clear', async () => {
    const registry = new Registry();
    const gauges = new RedisGauges(registry, ['high', 'low']);
    gauges.clear();

    gauges.show(overview);

    expect(await samplesOf(registry)).toContain('processing_length 4');
  });
});

async function samplesOf(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line && !line.startsWith('#'));
}
