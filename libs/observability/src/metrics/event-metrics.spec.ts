import { QueueEvents, type RunEndEvent } from '@app/queue';
import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventMetrics } from './event-metrics.service.js';
import { JobMetrics } from './job-metrics.js';

const run: RunEndEvent = {
  jobId: 'j1',
  kind: 'file.digest',
  queue: 'high',
  workerId: 'w1',
  attempt: 1,
  durationMs: 20,
};
const failure = { fingerprint: 'f', errorClass: 'Error', message: 'boom', stack: '' };

describe('EventMetrics', () => {
  let registry: Registry;
  let events: QueueEvents;

  beforeEach(() => {
    registry = new Registry();
    events = new QueueEvents();
    new EventMetrics(events, new JobMetrics(registry, ['high', 'low'])).onModuleInit();
  });

  it('shows known queues and reasons at 0 before anything happened', async () => {
    const samples = await scrape(registry);

    expect(samples['jobs_produced_total{queue="low"}']).toBe(0);
    expect(samples['jobs_failed_total{queue="high",reason="timeout"}']).toBe(0);
    expect(samples['jobs_dead_letter_total{queue="low",reason="worker-lost"}']).toBe(0);
    expect(samples['jobs_snoozed_total{queue="low",reason="handler"}']).toBe(0);
    expect(samples['enqueue_refused_total{reason="unknown"}']).toBe(0);
    expect(samples['circuit_breaker_trips_total']).toBe(0);
    expect(samples['job_wait_duration_seconds_count{queue="high"}']).toBe(0);
  });

  it('counts every end of a run once, so that the sums hold', async () => {
    for (let n = 0; n < 6; n++) events.emit('job.claimed', { ...run, waitMs: 3 });
    events.emit('job.completed', run);
    events.emit('job.failed', { ...run, reason: 'error', failure });
    events.emit('job.retried', { ...run, delayMs: 10 });
    events.emit('job.failed', { ...run, reason: 'timeout', failure });
    events.emit('job.dead', { ...run, reason: 'timeout' });
    events.emit('job.snoozed', { ...run, reason: 'handler', delayMs: 10 });
    events.emit('job.released', run);
    events.emit('job.lost', { ...run, cause: 'lease-lost' });

    const samples = await scrape(registry);
    const total = (name: string) => sumOf(samples, `${name}_total{queue="high"`);

    const settled = ['jobs_completed', 'jobs_failed', 'jobs_snoozed', 'jobs_released', 'lease_lost'].map(total);
    expect(settled).toEqual([1, 2, 1, 1, 1]);
    expect(total('jobs_consumed')).toBe(settled.reduce((a, b) => a + b));
    expect(total('jobs_failed')).toBe(total('jobs_retried') + total('jobs_dead_letter'));
    expect(sumOf(samples, 'job_processing_duration_seconds_count')).toBe(4);
  });

  it('counts enqueues, recoveries, rate limits and script calls', async () => {
    events.emit('job.enqueued', run);
    events.emit('job.duplicate', { ...run, firstJobId: 'j0' });
    events.emit('enqueue.refused', { queue: 'high', reason: 'out-of-memory' });
    events.emit('job.recovered', { jobId: 'j1', queue: 'low', fromWorkerId: 'w9', crashes: 1 });
    events.emit('rate.limited', { limit: 'scan', waitMs: 10 });
    events.emit('script.ran', { script: 'advance', durationMs: 0.4, answered: true });

    const samples = await scrape(registry);

    expect(samples['jobs_produced_total{queue="high"}']).toBe(1);
    expect(samples['jobs_duplicate_total{queue="high"}']).toBe(1);
    expect(samples['enqueue_refused_total{reason="out-of-memory"}']).toBe(1);
    expect(samples['jobs_recovered_total{queue="low"}']).toBe(1);
    expect(samples['rate_limit_hits_total']).toBe(1);
    expect(samples['redis_script_duration_seconds_bucket{script="advance",le="0.0005"}']).toBe(1);
  });

  it('puts unknown queues, reasons and kinds under "other"', async () => {
    events.emit('job.claimed', { ...run, queue: 'attacker-1', waitMs: 0 });
    events.emit('enqueue.refused', { queue: 'high', reason: 'new-in-2030' });
    for (let n = 0; n < 500; n++) {
      events.emit('job.failed', { ...run, kind: `kind-${n}`, reason: 'unknown-kind', failure });
      events.emit('job.snoozed', { ...run, kind: `kind-${n}`, reason: 'unknown-kind', delayMs: 1 });
    }

    const samples = await scrape(registry);

    expect(samples['jobs_consumed_total{queue="other"}']).toBe(1);
    expect(samples['enqueue_refused_total{reason="other"}']).toBe(1);
    const failedRuns = 'job_processing_duration_seconds_count{queue="high",kind="other",outcome="failed"}';
    expect(samples[failedRuns]).toBe(500);
    expect(Object.keys(samples).filter((name) => /kind-\d/.test(name))).toEqual([]);
  });

  it('keeps the kind of a run that reached its handler', async () => {
    events.emit('job.completed', run);

    const samples = await scrape(registry);

    const runs =
      'job_processing_duration_seconds_bucket{queue="high",kind="file.digest",outcome="completed",le="0.025"}';
    expect(samples[runs]).toBe(1);
  });

  it('costs less than a microsecond for a whole run', () => {
    const completed = { ...run };
    const claimed = { ...run, waitMs: 3 };
    const pass = () => {
      const startMs = performance.now();
      for (let n = 0; n < 100_000; n++) {
        events.emit('job.claimed', claimed);
        events.emit('job.completed', completed);
      }
      return (performance.now() - startMs) / 100; // µs a run
    };

    const best = Math.min(...Array.from({ length: 5 }, pass));

    expect(best).toBeLessThan(1);
  });
});

async function scrape(registry: Registry): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

function sumOf(samples: Record<string, number>, start: string): number {
  const counted = Object.entries(samples).filter(([name]) => name.startsWith(start));
  return counted.reduce((total, [, value]) => total + value, 0);
}
