import { InspectService, QueueEvents, RedisUnavailableError } from '@app/queue';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { EvictionWarning } from '../logging/eviction-warning.js';
import { WorkInSight } from '../health/work-in-sight.js';
import { OBSERVABILITY_OPTIONS, type ObservabilityOptions } from '../observability.options.js';
import { RedisGauges } from './redis-gauges.js';

/** After this time without an answer the last sample is no longer shown. */
const ANSWER_DEADLINE_MS = 2_000;

/**
 * Reads what Redis holds every `observability.queue_sample_interval`, one reading at a time. While Redis is away its
 * gauges are gone, not stale. The first reading also tells whether Redis may evict jobs.
 */
@Injectable()
export class QueueSampler implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer?: NodeJS.Timeout;
  private isStopped = false;

  constructor(
    @Inject(OBSERVABILITY_OPTIONS) private readonly options: ObservabilityOptions,
    private readonly inspect: InspectService,
    private readonly events: QueueEvents,
    private readonly gauges: RedisGauges,
    private readonly work: WorkInSight,
    private readonly eviction: EvictionWarning,
  ) {}

  onApplicationBootstrap(): void {
    this.clear();
    this.events.on('redis.down', () => this.clear());
    void this.sample();
  }

  onApplicationShutdown(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async sample(): Promise<void> {
    const late = setTimeout(() => this.clear(), ANSWER_DEADLINE_MS);
    try {
      const overview = await this.inspect.overview();
      this.gauges.show(overview);
      this.work.saw(overview);
      this.eviction.look(overview.redis);
    } catch (error) {
      this.clear();
      if (!(error instanceof RedisUnavailableError)) this.events.emit('loop.failed', { loop: 'queue-sampler', error });
    } finally {
      clearTimeout(late);
    }
    if (!this.isStopped) this.timer = setTimeout(() => void this.sample(), this.options.queueSampleIntervalMs).unref();
  }

  /** What is not known is not claimed. */
  private clear(): void {
    this.gauges.clear();
    this.work.forget();
  }
}
