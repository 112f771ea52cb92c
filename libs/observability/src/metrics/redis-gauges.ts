import type { QueueOverview } from '@app/queue';
import type { Gauge, Registry } from 'prom-client';
import { OTHER } from './known-labels.js';
import { METRICS, type MetricDefinition } from './metric-names.js';
import { newGauge } from './gauge.js';

type QueueFacts = QueueOverview['queues'][number];

interface Reading {
  readonly gauge: Gauge;
  readonly read: (overview: QueueOverview) => number;
}

interface QueueReading {
  readonly gauge: Gauge;
  readonly read: (queue: QueueFacts) => number;
}

/** The gauges that say what Redis holds: all of one sample, or none at all. */
export class RedisGauges {
  private readonly readings: readonly Reading[];
  private readonly queueReadings: readonly QueueReading[];

  constructor(
    registry: Registry,
    private readonly queues: readonly string[],
  ) {
    const reading = (definition: MetricDefinition, read: Reading['read']) => ({
      gauge: newGauge(registry, definition),
      read,
    });
    this.queueReadings = [
      { gauge: newGauge(registry, METRICS.queueLength), read: ({ ready }) => ready },
      { gauge: newGauge(registry, METRICS.queueOldestAge), read: ({ oldestDueAgeMs }) => seconds(oldestDueAgeMs) },
    ];
    this.readings = [
      reading(METRICS.scheduledLength, ({ queues: all }) => sum(all.map(({ scheduled }) => scheduled))),
      reading(METRICS.scheduledOverdue, ({ queues: all }) => sum(all.map(({ overdue }) => overdue))),
      reading(METRICS.processingLength, ({ processing }) => processing.total),
      reading(METRICS.processingOldestAge, ({ processing }) => seconds(processing.oldestAgeMs)),
      reading(METRICS.deadLength, ({ dead }) => dead.total),
      reading(METRICS.deadOldestAge, ({ dead }) => seconds(dead.oldestAgeMs)),
      reading(METRICS.workersRegistered, ({ workers }) => processes(workers)),
      reading(METRICS.memoryUsed, ({ redis }) => redis.usedMemoryBytes),
      reading(METRICS.memoryMax, ({ redis }) => redis.maxMemoryBytes),
    ];
  }

  /** Shows this sample. Queues that are not configured share the label `other`. */
  show(overview: QueueOverview): void {
    for (const { gauge, read } of this.readings) gauge.set(read(overview));
    for (const { gauge, read } of this.queueReadings) {
      gauge.reset();
      for (const queue of overview.queues) gauge.set({ queue: this.labelOf(queue.name) }, read(queue));
    }
  }

  /** Shows nothing: what is not known is not claimed. */
  clear(): void {
    for (const { gauge } of this.readings) gauge.remove();
    for (const { gauge } of this.queueReadings) gauge.reset();
  }

  private labelOf(queue: string): string {
    return this.queues.includes(queue) ? queue : OTHER;
  }
}

/** A process has an entry in each partition; it counts once. */
function processes(workers: QueueOverview['workers']): number {
  return new Set(workers.filter(({ revoked }) => !revoked).map(({ host, pid }) => `${host} ${pid}`)).size;
}

function seconds(ms: number | null): number {
  return (ms ?? 0) / 1_000;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
