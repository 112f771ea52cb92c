import 'reflect-metadata';
import { useRedis, waitUntil } from '@app/testing';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IsString } from 'class-validator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  EnqueueService,
  InspectService,
  type Job,
  JobHandler,
  type JobHandlerContract,
  QueueEvents,
  type QueueEventMap,
  QueueModule,
  WorkerLifecycle,
  WorkerModule,
} from '../index.js';

const COOLDOWN_MS = 400;

/** What the handlers of this spec saw and do. */
const seen = { isBroken: true, flaky: [] as number[], steady: 0, limited: 0, mostLimited: 0, names: [] as unknown[] };

@JobHandler('test.flaky')
class FlakyHandler implements JobHandlerContract {
  handle(): void {
    seen.flaky.push(performance.now());
    if (seen.isBroken) throw new Error('its service is down');
  }
}

@JobHandler('test.steady')
class SteadyHandler implements JobHandlerContract {
  handle(): void {
    seen.steady++;
  }
}

@JobHandler('test.limited', { concurrency: 2 })
class LimitedHandler implements JobHandlerContract {
  async handle(): Promise<void> {
    seen.mostLimited = Math.max(seen.mostLimited, ++seen.limited);
    await new Promise((resolve) => setTimeout(resolve, 20));
    seen.limited--;
  }
}

class NamePayload {
  @IsString()
  name!: string;
}

@JobHandler('test.named', { payload: NamePayload })
class NamedHandler implements JobHandlerContract<NamePayload> {
  handle({ payload }: Job<NamePayload>): void {
    seen.names.push(payload);
  }
}

@Module({ providers: [FlakyHandler, SteadyHandler, LimitedHandler, NamedHandler] })
class GateModule {}

describe('what stands before the handlers of a kind', () => {
  const redis = useRedis();
  let app: INestApplicationContext;
  const snoozed: QueueEventMap['job.snoozed'][] = [];
  const changes: string[] = [];

  beforeEach(async () => {
    Object.assign(seen, { isBroken: true, flaky: [], steady: 0, limited: 0, mostLimited: 0, names: [] });
    snoozed.length = 0;
    changes.length = 0;
    const circuitBreaker = { minSamples: 10, windowMs: 60_000, cooldownPeriodMs: COOLDOWN_MS };
    const worker = { count: 8, maxRetries: 1_000, backoff: { baseMs: 5, maxMs: 20 }, circuitBreaker };
    app = await NestFactory.createApplicationContext(
      {
        module: GateModule,
        imports: [
          QueueModule.forRoot({ redis: { addr: redis.url }, prefix: redis.prefix() }),
          WorkerModule.forRoot(worker),
        ],
      },
      { logger: ['error'] },
    );
    app.get(QueueEvents).on('job.snoozed', (event) => snoozed.push(event));
    app.get(QueueEvents).on('breaker.changed', ({ kind, from, to }) => changes.push(`${kind} ${from} ${to}`));
  });
  afterEach(() => app.close());

  const enqueue = (kind: string, count: number) =>
    app.get(EnqueueService).enqueueMany(Array.from({ length: count }, () => ({ kind, payload: {} })));
  const completed = async () => (await app.get(InspectService).overview()).completed.total;
  const breaker = () => app.get(WorkerLifecycle).breakers().get('test.flaky');

  it('a kind that always fails is left alone, uses no attempts meanwhile, and comes back when it works again', async () => {
    await enqueue('test.flaky', 20);
    await waitUntil(() => changes.includes('test.flaky closed open'), { what: 'the opening' });
    const openedAt = performance.now();
    const attempts = seen.flaky.length;

    await enqueue('test.steady', 200);
    await waitUntil(() => seen.steady === 200, { what: 'the other kind' });
    await waitUntil(() => seen.flaky.length > attempts, { what: 'the first probe' });
    const firstProbeMs = seen.flaky[attempts]! - openedAt;
    await waitUntil(() => changes.includes('test.flaky half-open open'), { what: 'the second opening' });

    seen.isBroken = false;
    await waitUntil(async () => (await completed()) === 220, { what: 'the end of all jobs' });

    expect(attempts).toBeLessThan(10 + 8); // those that were running when it opened
    expect(firstProbeMs).toBeGreaterThan(COOLDOWN_MS - 50);
    expect(snoozed.some(({ kind, reason }) => kind === 'test.flaky' && reason === 'breaker-open')).toBe(true);
    expect(snoozed.every(({ kind }) => kind === 'test.flaky')).toBe(true);
    expect(breaker()).toBe('closed');
    expect(changes.at(-1)).toBe('test.flaky half-open closed');
  });

  it('runs no more jobs of a kind at once than it may, all of them in the end, and does not spin', async () => {
    await enqueue('test.limited', 100);
    await enqueue('test.steady', 200);

    await waitUntil(async () => (await completed()) === 300, { timeoutMs: 20_000, what: 'the end of all jobs' });

    expect(seen.mostLimited).toBe(2);
    expect(snoozed.length).toBeGreaterThan(0);
    expect(snoozed.length).toBeLessThan(1_000);
    expect(snoozed.every(({ kind, reason }) => kind === 'test.limited' && reason === 'kind-limit')).toBe(true);
  });

  it('buries a job with an invalid payload before its handler, with every fault, and hands on an instance', async () => {
    const invalid = await app.get(EnqueueService).enqueue('test.named', { name: 7, color: 'red' });
    await app.get(EnqueueService).enqueue('test.named', { name: 'a' });

    await waitUntil(() => seen.names.length === 1, { what: 'the valid one' });
    const job = await waitUntil(async () => {
      const found = await app.get(InspectService).findJob(invalid.id);
      return found?.state === 'dead' && found;
    });

    expect(seen.names[0]).toBeInstanceOf(NamePayload);
    expect(job).toMatchObject({ death: { reason: 'invalid-payload' }, attempts: 0 });
    expect(JSON.stringify(job)).toContain('color is no known field; name must be a string');
  });
});
