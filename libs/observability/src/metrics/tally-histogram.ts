import { type Exposition, labelsOf } from './exposition.js';
import type { MetricDefinition } from './metric-names.js';

/** One series of a histogram. */
export class HistogramSeries {
  private readonly counts: number[];
  private sum = 0;

  constructor(
    private readonly labels: Readonly<Record<string, string>>,
    private readonly bounds: readonly number[],
  ) {
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  /** Adds one measurement; what is not a number, or negative because a clock stepped, counts as 0. */
  observeMs(ms: number): void {
    const seconds = ms > 0 ? ms / 1_000 : 0;
    let bucket = 0;
    while (bucket < this.bounds.length && seconds > this.bounds[bucket]!) bucket++;
    this.counts[bucket]!++;
    this.sum += seconds;
  }

  samples(name: string): Exposition['values'] {
    const upTo = [...this.bounds, '+Inf'];
    let count = 0;
    const buckets = upTo.map((le, index) => {
      count += this.counts[index]!;
      return { metricName: `${name}_bucket`, labels: { ...this.labels, le }, value: count };
    });
    const total = { metricName: `${name}_count`, labels: this.labels, value: count };
    return [...buckets, { metricName: `${name}_sum`, labels: this.labels, value: this.sum }, total];
  }

  reset(): void {
    this.counts.fill(0);
    this.sum = 0;
  }
}

/** A histogram for a registry of prom-client, as cheap as {@link TallyCounter}; prom-client's own takes 400 to 800 ns. */
export class TallyHistogram {
  readonly name: string;
  private readonly series = new Map<string, HistogramSeries>();

  constructor(private readonly definition: MetricDefinition) {
    this.name = definition.name;
  }

  /** The series of these label values, in the order of the definition; it exists from now on, empty. */
  of(...values: string[]): HistogramSeries {
    const key = values.join('\n');
    const { buckets = [] } = this.definition;
    const known = this.series.get(key) ?? new HistogramSeries(labelsOf(this.definition, values), buckets);
    this.series.set(key, known);
    return known;
  }

  /** What prom-client asks for at a scrape. */
  async get(): Promise<Exposition> {
    const { name, help, type } = this.definition;
    const values = [...this.series.values()].flatMap((series) => series.samples(name));
    return { name, help, type, aggregator: 'sum', values };
  }

  reset(): void {
    for (const series of this.series.values()) series.reset();
  }
}
