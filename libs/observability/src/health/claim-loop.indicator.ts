import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { WorkerProbe } from './worker-status.js';

/** Twice the longest wait for work, and some air. */
const STALE_AFTER_MS = 2 * 5_000 + 5_000;

/** `claim-loop`: the worker is registered and has asked for work recently. Says nothing in an app without a worker. */
@Injectable()
export class ClaimLoopIndicator {
  constructor(
    private readonly worker: WorkerProbe,
    private readonly health: HealthIndicatorService,
  ) {}

  check(): HealthIndicatorResult | Record<string, never> {
    const status = this.worker.status();
    if (!status) return {};
    const session = this.health.check('claim-loop');
    if (!status.registered) {
      const next = 'see the check "redis" first; if that is up, read the log for "register"';
      return session.down({ message: 'the worker is not registered in Redis', next });
    }
    if (status.claimLoopTurnedMsAgo < STALE_AFTER_MS) return session.up();
    const seconds = Math.round(status.claimLoopTurnedMsAgo / 1_000);
    return session.down({
      message: `the worker has not asked for work for ${seconds} s`,
      next: 'see the check "redis" first; if that is up, look for a handler that blocks the event loop, then restart this process',
    });
  }
}
