import type { QueueOverview } from '@app/queue';
import { Injectable } from '@nestjs/common';
import { AppLogger } from './app-logger.js';

/**
 * Warns when Redis may throw jobs away to make room. Said once at the first look, and again only when the policy has
 * changed: after a failover, or by `CONFIG SET`.
 */
@Injectable()
export class EvictionWarning {
  private lastPolicy = '';

  constructor(private readonly logger: AppLogger) {}

  /** Takes what a sample found. A Redis that hides its policy is given the benefit of the doubt. */
  look({ evictionPolicy }: QueueOverview['redis']): void {
    if (evictionPolicy === this.lastPolicy) return;
    this.lastPolicy = evictionPolicy;
    if (evictionPolicy === 'noeviction' || evictionPolicy === '') return;
    this.logger.write(
      'warn',
      `Redis may evict jobs: maxmemory-policy is ${evictionPolicy}; ` +
        'run "CONFIG SET maxmemory-policy noeviction" and write it into redis.conf, then a full Redis refuses instead of losing',
    );
  }
}
