import { InspectService } from '@app/queue';
import { Inject, Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { OBSERVABILITY_OPTIONS, type ObservabilityOptions } from '../observability.options.js';

const DEADLINE_MS = 2_000;

type Answer = Awaited<ReturnType<InspectService['probe']>>;

/**
 * `redis`: it answers, and for a producer it takes writes. A worker that cannot write is `degraded`, not down: it still
 * drains, and taking it out of service would help nobody.
 */
@Injectable()
export class RedisIndicator {
  private wasReachable = false;
  private wasWritable = false;

  constructor(
    @Inject(OBSERVABILITY_OPTIONS) private readonly options: ObservabilityOptions,
    private readonly inspect: InspectService,
    private readonly health: HealthIndicatorService,
  ) {}

  /** What the last check found. */
  get isReachable(): boolean {
    return this.wasReachable;
  }

  /** The last check found a Redis that answers, but takes no writes. */
  get refusesWrites(): boolean {
    return this.wasReachable && !this.wasWritable;
  }

  /** Answers within its own deadline, also when Redis does not. */
  async check(): Promise<HealthIndicatorResult> {
    const { reachable, writable, detail } = await this.probe();
    this.wasReachable = reachable;
    this.wasWritable = writable;
    const session = this.health.check('redis');
    if (!reachable) {
      return session.down({
        message: `Redis does not answer: ${detail}`,
        next: 'check that Redis runs, and redis.addr, redis.username, redis.password and the network',
      });
    }
    if (writable) return session.up();
    const next = 'give Redis memory or disk space, or point redis.addr at the primary';
    const facts = { message: `Redis takes no writes: ${detail}`, next };
    return this.options.app === 'producer' ? session.down(facts) : session.degraded(facts);
  }

  private async probe(): Promise<Answer> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<Answer>((resolve) => {
      const answer = { reachable: false, writable: false, detail: `no answer within ${DEADLINE_MS} ms` };
      timer = setTimeout(() => resolve(answer), DEADLINE_MS);
    });
    const failed = { reachable: false, writable: false, detail: 'the check failed' };
    const answer = this.inspect.probe().catch(() => failed);
    return Promise.race([answer, deadline]).finally(() => clearTimeout(timer));
  }
}
