import { QueueEvents } from '@app/queue';
import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  ServiceUnavailableException,
} from '@nestjs/common';
import { type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { ClaimLoopIndicator } from './claim-loop.indicator.js';
import { RedisIndicator } from './redis.indicator.js';

const REFRESH_INTERVAL_MS = 1_000;

/**
 * Whether this app should get work now. Checked in the background every second, one check at a time, so that a question
 * costs nothing and a slow Redis cannot pile questions up. The end begins at once: the first sign of a shutdown or a drain
 * makes the answer no.
 */
@Injectable()
export class ReadinessService implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  private last = down('startup', 'the first check has not come back yet', 'ask again in a second');
  private isEnding = false;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(
    private readonly health: HealthCheckService,
    private readonly redis: RedisIndicator,
    private readonly claimLoop: ClaimLoopIndicator,
    private readonly events: QueueEvents,
  ) {}

  onApplicationBootstrap(): void {
    this.events.on('worker.draining', () => (this.isEnding = true));
    for (const news of ['redis.up', 'redis.down', 'worker.registered'] as const) {
      this.events.on(news, () => this.refreshNow());
    }
    void this.refresh();
  }

  onModuleDestroy(): void {
    this.isEnding = true;
  }

  onApplicationShutdown(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** The last result; never waits. */
  report(): HealthCheckResult {
    if (!this.isEnding) return this.last;
    return down('draining', 'this process finishes its jobs and ends', 'nothing to do: send work to another one');
  }

  /** News need not wait for the next turn. */
  private refreshNow(): void {
    if (!this.timer) return;
    clearTimeout(this.timer);
    void this.refresh();
  }

  private async refresh(): Promise<void> {
    this.timer = undefined;
    this.last = await this.check();
    if (!this.isStopped) this.timer = setTimeout(() => void this.refresh(), REFRESH_INTERVAL_MS).unref();
  }

  private async check(): Promise<HealthCheckResult> {
    try {
      const redis = this.redis.check();
      return await this.health.check([() => redis, () => this.claimLoop.check(redis)]);
    } catch (error) {
      if (error instanceof ServiceUnavailableException) return error.getResponse() as HealthCheckResult;
      return down('readiness', 'the check itself failed', 'read the log, then restart this process');
    }
  }
}

function down(name: string, message: string, next: string): HealthCheckResult {
  const failed = { [name]: { status: 'down', message, next } } as const;
  return { status: 'error', info: {}, error: failed, details: failed };
}
