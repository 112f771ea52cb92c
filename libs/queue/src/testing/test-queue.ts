import { type INestApplicationContext, type ModuleMetadata, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { InspectService } from '../admin/inspect.service.js';
import type { JobDetails } from '../admin/job-details.js';
import { EnqueueService } from '../enqueue/enqueue.service.js';
import type { EnqueueOptions, EnqueueResult } from '../job/job.js';
import { QueueModule } from '../queue.module.js';
import type { QueueModuleOptions, WorkerModuleOptions } from '../queue.options.js';
import { WorkerModule } from '../worker/worker.module.js';
import { startPrivateRedis, type PrivateRedis } from './private-redis.js';

/** Retries within a moment: nobody waits for a backoff in a test. */
const QUICK: WorkerModuleOptions = { backoff: { baseMs: 5, maxMs: 20 }, shutdownTimeoutMs: 1_000 };
const LOOK_EVERY_MS = 10;
const DEFAULT_PATIENCE_MS = 10_000;

/** What the worker under test is made of. */
export interface TestQueueOptions extends Pick<ModuleMetadata, 'providers' | 'imports'> {
  readonly queue?: Omit<QueueModuleOptions, 'redis'>;
  readonly worker?: WorkerModuleOptions;
}

/** A producer and a worker in this process, on a Redis of their own. */
export class TestQueue {
  private constructor(
    private readonly redis: PrivateRedis,
    private readonly app: INestApplicationContext,
  ) {}

  /**
   * Starts a real redis-server and a worker with these handlers (`providers`). Close it after the test.
   *
   * @throws {Error} no redis-server is found: REDIS_SERVER_BIN and PATH are looked at.
   */
  static async start({ providers, imports = [], queue, worker }: TestQueueOptions): Promise<TestQueue> {
    const redis = await startPrivateRedis();
    try {
      const root = {
        module: class TestQueueModule {},
        providers,
        imports: [
          QueueModule.forRoot({ ...queue, redis: { addr: redis.addr } }),
          WorkerModule.forRoot({ ...QUICK, ...worker }),
          ...imports,
        ],
      };
      return new TestQueue(redis, await NestFactory.createApplicationContext(root, { logger: ['error'] }));
    } catch (error) {
      await redis.close();
      throw error;
    }
  }

  /** A provider of the application: a handler, `OperateService`… */
  get<T>(type: Type<T>): T {
    return this.app.get(type, { strict: false });
  }

  enqueue(kind: string, payload: unknown, options?: EnqueueOptions): Promise<EnqueueResult> {
    return this.get(EnqueueService).enqueue(kind, payload, options);
  }

  /**
   * Waits until the job is completed or dead: `state`, `attempts`, `outcome`, `death`, `trail`.
   *
   * @throws {Error} after `timeoutMs` (10 s by default), with the state it is in.
   */
  async finished(id: string, { timeoutMs = DEFAULT_PATIENCE_MS } = {}): Promise<JobDetails> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const job = await this.get(InspectService).findJob(id);
      if (job.state === 'completed' || job.state === 'dead') return job;
      if (performance.now() > deadlineMs) throw new Error(`job "${id}" is ${job.state} after ${timeoutMs} ms`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Drains the worker, then ends the Redis. */
  async close(): Promise<void> {
    try {
      await this.app.close();
    } finally {
      await this.redis.close();
    }
  }
}
