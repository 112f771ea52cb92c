import { Inject, Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';
import { RedisIndicator } from '../health/redis.indicator.js';
import { WorkerProbe } from '../health/worker-status.js';
import { OBSERVABILITY_OPTIONS, type ObservabilityOptions } from '../observability.options.js';
import { newGauge } from './gauge.js';
import { METRICS } from './metric-names.js';

/** The gauges of this process, read at each scrape. Without a circuit breaker its state is 0: closed. */
@Injectable()
export class ProcessGauges {
  constructor(
    registry: Registry,
    @Inject(OBSERVABILITY_OPTIONS) { version, revision }: ObservabilityOptions,
    worker: WorkerProbe,
    redis: RedisIndicator,
  ) {
    newGauge(registry, METRICS.workerActive, () => worker.status()?.running ?? 0);
    newGauge(registry, METRICS.workerSlots, () => worker.status()?.slots ?? 0);
    newGauge(registry, METRICS.workerDraining, () => Number(worker.status()?.state === 'draining'));
    newGauge(registry, METRICS.breakerState, () => 0);
    newGauge(registry, METRICS.breakerKindState);
    newGauge(registry, METRICS.redisUp, () => Number(redis.isReachable));
    newGauge(registry, METRICS.buildInfo).set({ version, revision }, 1);
  }
}
