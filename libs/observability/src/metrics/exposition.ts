import type { Metric, Registry } from 'prom-client';
import type { MetricDefinition } from './metric-names.js';

/** A metric as prom-client's registry reads it at a scrape. */
export interface Exposition {
  readonly name: string;
  readonly help: string;
  readonly type: MetricDefinition['type'];
  readonly aggregator: 'sum';
  readonly values: readonly {
    readonly labels: Readonly<Record<string, string | number>>;
    readonly value: number;
    /** When the sample has another name than its metric: `_bucket`, `_sum`, `_count`. */
    readonly metricName?: string;
  }[];
}

/** A metric that is not of prom-client's classes. */
export interface OwnMetric {
  readonly name: string;
  get(): Promise<Exposition>;
  reset(): void;
}

/** Adds such a metric: a registry needs no more of a metric than this, though its type says so. */
export function register<M extends OwnMetric>(registry: Registry, metric: M): M {
  registry.registerMetric(metric as unknown as Metric);
  return metric;
}

/** Names put to label values. */
export function labelsOf({ labels }: MetricDefinition, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.map((label, index) => [label, values[index] ?? '']));
}
