import { Gauge, type Registry } from 'prom-client';
import type { MetricDefinition } from './metric-names.js';

/** A gauge of this definition in this registry; `read` gives its value at each scrape, or sets one for each label. */
export function newGauge(
  registry: Registry,
  { name, help, labels }: MetricDefinition,
  read?: (gauge: Gauge) => number | void,
): Gauge {
  const gauge: Gauge = new Gauge({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    ...(read && { collect: () => collect(gauge, read) }),
  });
  return gauge;
}

function collect(gauge: Gauge, read: (gauge: Gauge) => number | void): void {
  const value = read(gauge);
  if (typeof value === 'number') gauge.set(value);
}
