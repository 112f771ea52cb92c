import { Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type AppConfig, loadConfig, toQueueOptions } from '@app/config';
import { InspectService, QueueModule, type QueueOptions, RedisUnavailableError } from '@app/queue';
import { ExitCode } from './output/exit-code.js';
import { writeNote } from './output/report-error.js';
import type { GlobalOptions } from './program-options.js';
import { RedisUnreachableError } from './redis-unreachable.error.js';

/** A person waits: a Redis that is far away answers within this, or counts as unreachable. */
const MAX_DIAL_MS = 2_000;

/** What a command works with while its session is open. */
export interface OpenQueue {
  readonly inspect: InspectService;
}

/**
 * The short life of a command: configuration, one Redis connection, the work, the end. Nothing of it happens before a
 * command asks, so help and usage errors need neither a valid configuration nor Redis.
 */
@Injectable()
export class AdminSession {
  /**
   * Opens the queue, hands it to `work` and closes it, whatever happens. Ctrl-C ends the process with 130 meanwhile.
   *
   * @throws {ConfigError} the configuration cannot be used; nothing was connected.
   * @throws {RedisUnreachableError} Redis did not answer.
   */
  async use<T>({ config: file }: GlobalOptions, work: (queue: OpenQueue) => Promise<T>): Promise<T> {
    const { config, notes, warnings } = loadConfig({ file, env: process.env });
    for (const text of [...notes, ...warnings]) writeNote(text);
    process.on('SIGINT', exitInterrupted);
    const queue = QueueModule.forRoot(onceOnly(toQueueOptions(config)));
    const context = await NestFactory.createApplicationContext(queue, { logger: false, abortOnError: false });
    try {
      return await work({ inspect: context.get(InspectService) });
    } catch (error) {
      throw withAddress(error, config);
    } finally {
      await context.close();
      process.off('SIGINT', exitInterrupted);
    }
  }
}

// One connection, no second try: the operator sees at once that Redis is down.
function onceOnly(options: QueueOptions): QueueOptions {
  const { redis } = options;
  return { ...options, redis: { ...redis, failFast: true, dialTimeoutMs: Math.min(redis.dialTimeoutMs, MAX_DIAL_MS) } };
}

function withAddress(error: unknown, { redis }: AppConfig): unknown {
  return error instanceof RedisUnavailableError ? new RedisUnreachableError(`${redis.addr}/${redis.db}`, error) : error;
}

function exitInterrupted(): never {
  process.exit(ExitCode.Interrupted);
}
