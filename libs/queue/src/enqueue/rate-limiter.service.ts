import { Inject, Injectable } from '@nestjs/common';
import { RedisRefusedError } from '../errors/redis-refused.error.js';
import { QueueEvents } from '../events/queue-events.js';
import type { QueueOptions } from '../queue.options.js';
import { QUEUE_OPTIONS } from '../queue.tokens.js';
import { QueueKeys } from '../redis/queue-keys.js';
import { ScriptRunner } from '../redis/script-runner.js';

/** The bucket holds what flows in this time, at least one token: a restart cannot let a burst through. */
const BUCKET_MS = 100;

/** What Redis says when it takes no writes at all: the jobs are refused as well. Anything else may be about the bucket alone. */
const TAKES_NO_WRITES = new Set(['OOM', 'READONLY', 'MISCONF']);

/** Rate limits that all processes share, on the Redis clock. */
@Injectable()
export class RateLimiterService {
  private readonly keys: QueueKeys;

  constructor(
    @Inject(QUEUE_OPTIONS) options: QueueOptions,
    private readonly runner: ScriptRunner,
    private readonly events: QueueEvents,
  ) {
    this.keys = new QueueKeys(options.prefix, 0);
  }

  /**
   * Takes up to `wanted` tokens at once. A Redis that takes no writes grants them all: it refuses the jobs they are
   * for as well, and says there why.
   *
   * @param perSecond - above 0; fractions are allowed
   * @returns what was granted, and how long to wait before asking for the rest (0: all were granted).
   * @throws {RedisRefusedError} for another reason, such as a user who may not touch the bucket; nothing was taken.
   * @throws {RedisUnavailableError} a token may be lost, never gained.
   */
  async take(
    limit: string,
    perSecond: number,
    wanted: number,
  ): Promise<{ readonly granted: number; readonly waitMs: number }> {
    const size = Math.max(1, Math.floor((perSecond * BUCKET_MS) / 1_000));
    const [granted, waitMs] = await this.ask(limit, [String(perSecond), String(size), String(wanted)]);
    if (waitMs > 0) this.events.emit('rate.limited', { limit, waitMs });
    return { granted: granted ?? wanted, waitMs };
  }

  private async ask(limit: string, args: string[]): Promise<[granted: number | undefined, waitMs: number]> {
    try {
      return (await this.runner.run('take-token', [this.keys.limit(limit)], args)) as [number, number];
    } catch (error) {
      if (error instanceof RedisRefusedError && TAKES_NO_WRITES.has(error.word)) return [undefined, 0];
      throw error;
    }
  }
}
