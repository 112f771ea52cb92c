import { DEFAULT_WORKER_OPTIONS, type QueueOptions, type RedisOptions, type WorkerOptions } from '@app/queue';
import type { AppConfig } from './sections/app-config.js';

/** What `QueueModule.forRoot` takes, from the settings `redis` and `queue`. */
export function toQueueOptions({ redis, queue }: AppConfig): QueueOptions {
  return {
    redis: toRedisOptions(redis),
    prefix: queue.prefix,
    names: queue.names,
    partitions: queue.partitions,
    maxPayloadBytes: queue.maxPayloadBytes,
    maxLength: queue.maxLength,
    uniqueWindowMs: queue.uniqueWindowMs,
    completed: queue.completed,
  };
}

/** What `WorkerModule.forRoot` takes, from the settings `worker`. */
export function toWorkerOptions({ worker, circuitBreaker }: AppConfig): WorkerOptions {
  return {
    count: worker.count,
    priorities: worker.priorities,
    priorityMode: worker.priorityMode,
    weights: worker.weights,
    heartbeatTtlMs: worker.heartbeatTtlMs,
    maxRetries: worker.maxRetries,
    backoff: worker.backoff,
    circuitBreaker,
    jobTimeoutMs: worker.jobTimeoutMs,
    prefetch: worker.prefetch,
    shutdownTimeoutMs: worker.shutdownTimeoutMs,
    version: process.env.BUILD_VERSION ?? DEFAULT_WORKER_OPTIONS.version,
  };
}

function toRedisOptions(redis: AppConfig['redis']): RedisOptions {
  return {
    addr: redis.addr,
    username: redis.username,
    password: redis.password,
    db: redis.db,
    poolSizeMultiplier: redis.poolSizeMultiplier,
    minIdleConns: redis.minIdleConns,
    dialTimeoutMs: redis.dialTimeoutMs,
    readTimeoutMs: redis.readTimeoutMs,
    writeTimeoutMs: redis.writeTimeoutMs,
    maxRetries: redis.maxRetries,
    failFast: false, // not a setting: the CLI turns it on for itself
  };
}
