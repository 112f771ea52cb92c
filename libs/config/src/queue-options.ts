import {
  DEFAULT_WORKER_OPTIONS,
  type QueueOptions,
  type RedisOptions,
  type RedisTlsOptions,
  type WorkerOptions,
} from '@app/queue';
import { ConfigError } from './config.error.js';
import { type ConfigIssue, invalidValue } from './config-issue.js';
import { readBounded } from './read-bounded.js';
import type { AppConfig } from './sections/app-config.js';

/**
 * What `QueueModule.forRoot` takes, from the settings `redis` and `queue`.
 *
 * @throws {ConfigError} a file of `redis.tls` cannot be read.
 */
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
    maxCrashes: worker.maxCrashes,
    maxBlockMs: worker.maxBlockMs,
    prefetch: worker.prefetch,
    shutdownTimeoutMs: worker.shutdownTimeoutMs,
    version: process.env.BUILD_VERSION ?? DEFAULT_WORKER_OPTIONS.version,
  };
}

function toRedisOptions(redis: AppConfig['redis']): RedisOptions {
  return {
    mode: redis.mode,
    addr: redis.addr,
    sentinel: redis.sentinel,
    cluster: redis.cluster,
    username: redis.username,
    password: redis.password,
    db: redis.db,
    tls: redis.tls.enabled ? toTlsOptions(redis.tls) : undefined,
    poolSizeMultiplier: redis.poolSizeMultiplier,
    minIdleConns: redis.minIdleConns,
    dialTimeoutMs: redis.dialTimeoutMs,
    readTimeoutMs: redis.readTimeoutMs,
    writeTimeoutMs: redis.writeTimeoutMs,
    maxRetries: redis.maxRetries,
    failFast: false, // not a setting: the CLI turns it on for itself
  };
}

function toTlsOptions(tls: AppConfig['redis']['tls']): RedisTlsOptions {
  const issues: ConfigIssue[] = [];
  const read = (name: string, file: string) => (file === '' ? '' : readPem(`redis.tls.${name}`, file, issues));
  const options = {
    ca: read('ca_file', tls.caFile),
    cert: read('cert_file', tls.certFile),
    key: read('key_file', tls.keyFile),
    serverName: tls.serverName,
  };
  if (issues.length > 0) throw new ConfigError(issues);
  return options;
}

const MAX_PEM_BYTES = 1_048_576;

function readPem(path: string, file: string, issues: ConfigIssue[]): string {
  let found = 'no PEM in it';
  try {
    const text = readBounded(file, MAX_PEM_BYTES);
    if (text.includes('-----BEGIN ')) return text;
  } catch (error) {
    found = (error as NodeJS.ErrnoException).code ?? 'unreadable';
  }
  issues.push(invalidValue({ path, found, expected: 'a readable PEM file', origin: file }));
  return '';
}
