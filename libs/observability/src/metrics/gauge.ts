import { Gauge, type Registry } from 'prom-client';
import type { MetricDefinition } from './metric-names.js';

/** A gauge of this definition in this registry; `read` gives its value at each scrape. */
export function newGauge(registry: Registry, { name, help, labels }: MetricDefinition, read?: () => number): Gauge {
  const collect = read && { collect: (): void => gauge.set(read()) };
  const gauge: Gauge = new Gauge({ name, help, labelNames: [...labels], registers: [registry], ...collect });
  return gauge;
}
