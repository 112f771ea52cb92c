import { InspectService, QueueEvents, RedisUnavailableError } from '@app/queue';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { OBSERVABILITY_OPTIONS, type ObservabilityOptions } from '../observability.options.js';
import { RedisGauges } from './redis-gauges.js';

/** After this time without an answer the last sample is no longer shown. */
const ANSWER_DEADLINE_MS = 2_000;

/**
 * Reads what Redis holds every `observability.queue_sample_interval`, one reading at a time. While Redis is away its
 * gauges are gone, not stale.
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
  ) {}

  onApplicationBootstrap(): void {
    this.gauges.clear();
    this.events.on('redis.down', () => this.gauges.clear());
    void this.sample();
  }

  onApplicationShutdown(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async sample(): Promise<void> {
    const late = setTimeout(() => this.gauges.clear(), ANSWER_DEADLINE_MS);
    try {
      this.gauges.show(await this.inspect.overview());
    } catch (error) {
      this.gauges.clear();
      if (!(error instanceof RedisUnavailableError)) this.events.emit('loop.failed', { loop: 'queue-sampler', error });
    } finally {
      clearTimeout(late);
    }
    if (!this.isStopped) this.timer = setTimeout(() => void this.sample(), this.options.queueSampleIntervalMs).unref();
  }
}
