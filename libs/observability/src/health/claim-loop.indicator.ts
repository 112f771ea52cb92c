import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { ClaimProgress } from './claim-progress.js';
import { RedisIndicator } from './redis.indicator.js';
import { WorkerProbe } from './worker-status.js';

const NEXT =
  'see the check "redis" first; if that is up, read the log for "register" and "fetcher", look for a handler that blocks ' +
  'the event loop, then restart this process';

/**
 * `claim-loop`: the worker is registered, asks for work, and takes what is ready while it has free slots. While Redis answers
 * but takes no writes it is `degraded`, not down: it waits for that. Says nothing in an app without a worker.
 */
@Injectable()
export class ClaimLoopIndicator {
  constructor(
    private readonly worker: WorkerProbe,
    private readonly progress: ClaimProgress,
    private readonly redis: RedisIndicator,
    private readonly health: HealthIndicatorService,
  ) {}

  /** @param redisCheck - it is looked at only when that has ended: what it found decides between down and degraded. */
  async check(redisCheck: Promise<unknown>): Promise<HealthIndicatorResult> {
    await redisCheck;
    if (!this.worker.status()) return {};
    const session = this.health.check('claim-loop');
    const message = this.progress.trouble();
    if (message === undefined) return session.up();
    return this.redis.refusesWrites ? session.degraded({ message, next: NEXT }) : session.down({ message, next: NEXT });
  }
}
