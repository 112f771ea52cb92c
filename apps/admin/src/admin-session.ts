import { Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type AppConfig, loadConfig, toQueueOptions } from '@app/config';
import { describeRedis, QueueModule, type QueueOptions, RedisUnavailableError } from '@app/queue';
import { type Audited, consented, granted, recorded, type WriteRequest } from './access/grant.js';
import { type Opened, type OpenQueue, readable, readOnly, type WritableQueue, writable } from './access/open-queue.js';
import type { Scope } from './access/scopes.js';
import { ExitCode } from './output/exit-code.js';
import { writeNote } from './output/report-error.js';
import type { CommandCall } from './program-options.js';
import { RedisUnreachableError } from './redis-unreachable.error.js';

export type { Audited, WriteRequest } from './access/grant.js';
export type { OpenQueue, WritableQueue } from './access/open-queue.js';

/** A person waits: a Redis that is far away answers within this, or counts as unreachable. */
const MAX_DIAL_MS = 2_000;

/**
 * The short life of a command: configuration, access, one Redis connection, the work, the end. Nothing of it happens
 * before a command asks, so help and usage errors need neither a valid configuration nor Redis.
 */
@Injectable()
export class AdminSession {
  /**
   * Opens the queue for reading, hands it to `work` and closes it, whatever happens. Ctrl-C ends the process with 130 meanwhile.
   *
   * @throws {ConfigError} the configuration cannot be used; nothing was connected.
   * @throws {AccessRefusedError} the caller may not; recorded.
   * @throws {RedisUnreachableError} Redis did not answer.
   */
  use<T>(call: CommandCall, scope: Scope, work: (queue: OpenQueue) => Promise<T>): Promise<T> {
    return this.open(call, async (open) => {
      await granted(open, call, { scope });
      return work(readable(open));
    });
  }

  /**
   * The same for a change, recorded before and after in the audit trail; what cannot be recorded does not happen.
   *
   * @throws {CommandEndError} 4: not allowed, not confirmed, or not recordable; nothing was changed.
   */
  write<T extends Audited>(
    call: CommandCall,
    request: WriteRequest,
    work: (queue: WritableQueue) => Promise<T>,
  ): Promise<T> {
    return this.open(call, async (open) => {
      const grant = await granted(open, call, request);
      if (request.dryRun) return work(readOnly(open, grant.actor.who));
      await consented(open, request, grant);
      return recorded(grant, () => work(writable(open, grant.actor.who)));
    });
  }

  private async open<T>({ config: file }: CommandCall, work: (open: Opened) => Promise<T>): Promise<T> {
    const { config, notes, warnings } = loadConfig({ file, env: process.env });
    for (const text of [...notes, ...warnings]) writeNote(text);
    process.on('SIGINT', exitInterrupted);
    const queue = QueueModule.forRoot(onceOnly(toQueueOptions(config)));
    const context = await NestFactory.createApplicationContext(queue, { logger: false, abortOnError: false });
    try {
      return await work({ config, context });
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

function withAddress(error: unknown, config: AppConfig): unknown {
  return error instanceof RedisUnavailableError
    ? new RedisUnreachableError(describeRedis(toQueueOptions(config).redis), error)
    : error;
}

function exitInterrupted(): never {
  process.exit(ExitCode.Interrupted);
}
