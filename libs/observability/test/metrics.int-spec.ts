import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { METRICS, type MetricDefinition } from '@app/observability';
import {
  EnqueueService,
  JobHandler,
  type JobHandlerContract,
  SnoozeJobError,
  UnrecoverableJobError,
  WorkerModule,
  type Job,
} from '@app/queue';
import { useRedis, waitUntil } from '@app/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { ObservedApp, type ObservedOptions } from './observed-app.js';

@JobHandler('test.fate')
class FateHandler implements JobHandlerContract<{ readonly fate: string }, null> {
  private readonly seen = new Set<string>();

  handle({ id, payload }: Job<{ readonly fate: string }>): null {
    const isFirstRun = !this.seen.has(id);
    this.seen.add(id);
    if (payload.fate === 'bury') throw new UnrecoverableJobError('never');
    if (payload.fate === 'retry' && isFirstRun) throw new Error('once');
    if (payload.fate === 'snooze' && isFirstRun) throw new SnoozeJobError(1);
    return null;
  }
}

@JobHandler('test.broken')
class BrokenHandler implements JobHandlerContract {
  handle(): never {
    throw new Error('always');
  }
}

describe('/metrics', () => {
  const redis = useRedis();
  let app: ObservedApp;
  afterEach(() => app.close());

  async function start(options: ObservedOptions = {}): Promise<void> {
    app = await ObservedApp.start(redis, options);
  }

  it('knows every metric from the first scrape, in the text format', async () => {
    await start();

    const { type, text } = await app.ask('/metrics');

    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const { name, type: kind } of Object.values<MetricDefinition>(METRICS)) {
      expect(text).toContain(`# TYPE ${name} ${kind}`);
    }
    expect(text).toContain('build_info{version="1.2.3",revision="abc"} 1');
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).not.toContain('nodejs_active_handles_total');
  });

  it('asks for the token of the file, and only for the metrics', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'metrics-'));
    writeFileSync(join(folder, 'token'), 's3cret\n');
    await start({ bearerTokenFile: join(folder, 'token') });
    rmSync(folder, { recursive: true });

    expect((await app.ask('/metrics')).status).toBe(401);
    expect((await app.ask('/metrics', { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await app.ask('/metrics', { authorization: 'Bearer s3cret' })).status).toBe(200);
    expect((await app.ask('/healthz')).status).toBe(200);
  });

  it('adds up over every way a run can end', async () => {
    await start({
      app: 'worker',
      imports: [
        WorkerModule.forRoot({ count: 4, backoff: { baseMs: 1, maxMs: 1 }, circuitBreaker: { minSamples: 1_000 } }),
      ],
      providers: [FateHandler],
    });
    const fates = Array.from({ length: 40 }, (_, n) => ['complete', 'retry', 'snooze', 'bury'][n % 4]!);

    await app
      .get(EnqueueService)
      .enqueueMany(fates.map((fate) => ({ kind: 'test.fate', queue: 'low', payload: { fate } })));
    await waitUntil(async () => total(await app.scrape(), 'jobs_completed_total', 'jobs_dead_letter_total') === 40);

    const samples = await app.scrape();
    expect(total(samples, 'jobs_produced_total')).toBe(40);
    expect(total(samples, 'jobs_consumed_total')).toBe(60);
    expect(
      total(
        samples,
        'jobs_completed_total',
        'jobs_failed_total',
        'jobs_snoozed_total',
        'jobs_released_total',
        'lease_lost_total',
      ),
    ).toBe(60 - samples['worker_active']!);
    expect(total(samples, 'jobs_failed_total')).toBe(total(samples, 'jobs_retried_total', 'jobs_dead_letter_total'));
    expect(total(samples, 'job_processing_duration_seconds_count')).toBe(60);
    expect(samples).toMatchObject({ worker_slots: 4, worker_draining: 0, circuit_breaker_state: 0 });
    await waitUntil(async () => (await app.scrape())['dead_letter_length'] === 10);
  });

  it('shows the circuit breaker of each kind, the worst of them, and how often one opened', async () => {
    const circuitBreaker = { minSamples: 5, cooldownPeriodMs: 60_000 };
    await start({
      app: 'worker',
      imports: [WorkerModule.forRoot({ count: 4, backoff: { baseMs: 1, maxMs: 1 }, circuitBreaker })],
      providers: [FateHandler, BrokenHandler],
    });

    const jobs = ['test.broken', 'test.fate'].map((kind) => ({ kind, payload: { fate: 'complete' } }));
    await app.get(EnqueueService).enqueueMany(Array.from({ length: 10 }, () => jobs).flat());
    await waitUntil(async () => (await app.scrape())['circuit_breaker_state'] === 2);

    const samples = await app.scrape();
    expect(samples).toMatchObject({
      'circuit_breaker_kind_state{kind="test.broken"}': 2,
      'circuit_breaker_kind_state{kind="test.fate"}': 0,
      circuit_breaker_trips_total: 1,
    });
    await waitUntil(async () => total(await app.scrape(), 'jobs_completed_total') === 10);
  });
});

function total(samples: Record<string, number>, ...names: string[]): number {
  const counted = Object.entries(samples).filter(([sample]) => names.includes(sample.replace(/\{.*/, '')));
  return counted.reduce((sum, [, value]) => sum + value, 0);
}
