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
  WorkerModule,
} from '../index.js';

/** What the handlers of this spec saw. */
const seen = { steady: 0, limited: 0, mostLimited: 0, names: [] as unknown[] };

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

@Module({ providers: [SteadyHandler, LimitedHandler, NamedHandler] })
class GateModule {}

describe('what stands before the handlers of a kind', () => {
  const redis = useRedis();
  let app: INestApplicationContext;
  const snoozed: QueueEventMap['job.snoozed'][] = [];

  beforeEach(async () => {
    Object.assign(seen, { steady: 0, limited: 0, mostLimited: 0, names: [] });
    snoozed.length = 0;
    app = await NestFactory.createApplicationContext(
      {
        module: GateModule,
        imports: [
          QueueModule.forRoot({ redis: { addr: redis.url }, prefix: redis.prefix() }),
          WorkerModule.forRoot({ count: 8 }),
        ],
      },
      { logger: ['error'] },
    );
    app.get(QueueEvents).on('job.snoozed', (event) => snoozed.push(event));
  });
  afterEach(() => app.close());

  const enqueue = (kind: string, count: number) =>
    app.get(EnqueueService).enqueueMany(Array.from({ length: count }, () => ({ kind, payload: {} })));
  const completed = async () => (await app.get(InspectService).overview()).completed.total;

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
