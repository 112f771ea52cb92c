import type { BreakerState } from '@app/queue';
import { Inject, Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';
import { ClaimProgress } from '../health/claim-progress.js';
import { RedisIndicator } from '../health/redis.indicator.js';
import { WorkerProbe } from '../health/worker-status.js';
import { OBSERVABILITY_OPTIONS, type ObservabilityOptions } from '../observability.options.js';
import { newGauge } from './gauge.js';
import { METRICS } from './metric-names.js';

const BREAKER_VALUES: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };

/** The gauges of this process, read at each scrape. An app that runs no jobs has no breaker: its state is 0, closed. */
@Injectable()
export class ProcessGauges {
  constructor(
    registry: Registry,
    @Inject(OBSERVABILITY_OPTIONS) { version, revision }: ObservabilityOptions,
    worker: WorkerProbe,
    redis: RedisIndicator,
    progress: ClaimProgress,
  ) {
    newGauge(registry, METRICS.workerActive, () => worker.status()?.running ?? 0);
    newGauge(registry, METRICS.workerSlots, () => worker.status()?.slots ?? 0);
    newGauge(registry, METRICS.workerDraining, () => Number(worker.status()?.state === 'draining'));
    newGauge(registry, METRICS.workerStalled, () => Number(progress.isStalled));
    newGauge(registry, METRICS.workerLastStartAge, () => (worker.status()?.lastStartMsAgo ?? 0) / 1_000);
    newGauge(registry, METRICS.breakerState, () => Math.max(0, ...breakers(worker).map(([, value]) => value)));
    newGauge(registry, METRICS.breakerKindState, (gauge) => {
      for (const [kind, value] of breakers(worker)) gauge.set({ kind }, value);
    });
    newGauge(registry, METRICS.redisUp, () => Number(redis.isReachable));
    newGauge(registry, METRICS.buildInfo).set({ version, revision }, 1);
  }
}

function breakers(worker: WorkerProbe): [kind: string, value: number][] {
  return [...worker.breakers()].map(([kind, state]) => [kind, BREAKER_VALUES[state]]);
}
