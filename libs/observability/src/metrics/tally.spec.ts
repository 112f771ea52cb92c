import { Counter, Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { register } from './exposition.js';
import { METRICS } from './metric-names.js';
import { TallyCounter } from './tally-counter.js';
import { TallyHistogram } from './tally-histogram.js';

describe('own metrics', () => {
  it('are scraped exactly as those of prom-client', async () => {
    const ours = new Registry();
    const theirs = new Registry();
    const { failed, wait } = METRICS;
    const shared = { registers: [theirs] };
    const theirCounter = new Counter({ name: failed.name, help: failed.help, labelNames: failed.labels, ...shared });
    const theirHistogram = new Histogram({
      name: wait.name,
      help: wait.help,
      labelNames: wait.labels,
      buckets: [...wait.buckets],
      ...shared,
    });
    const ourCounter = register(ours, new TallyCounter(failed)).of('high', 'error');
    const ourHistogram = register(ours, new TallyHistogram(wait)).of('high');

    theirCounter.inc({ queue: 'high', reason: 'error' }, 3);
    ourCounter.value += 3;
    for (const seconds of [0, 0.001, 0.0011, 0.25, 1_800, 9_999]) {
      theirHistogram.observe({ queue: 'high' }, seconds);
      ourHistogram.observeMs(seconds * 1_000);
    }

    expect(sorted(await ours.metrics())).toEqual(sorted(await theirs.metrics()));
  });

  it('take a length that a stepping clock made negative for 0', async () => {
    const registry = new Registry();
    const series = register(registry, new TallyHistogram(METRICS.wait)).of('low');

    series.observeMs(-5);
    series.observeMs(Number.NaN);

    expect(await registry.metrics()).toContain('job_wait_duration_seconds_bucket{queue="low",le="0.001"} 2');
  });

  it('start again at 0 when their registry is reset', async () => {
    const registry = new Registry();
    register(registry, new TallyCounter(METRICS.produced)).of('low').value = 7;

    registry.resetMetrics();

    expect(await registry.metrics()).toContain('jobs_produced_total{queue="low"} 0');
  });
});

// The order of lines and labels has no meaning.
function sorted(text: string): string[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => line.replace(/\{(.*)\}/, (_, labels: string) => `{${labels.split(',').toSorted().join(',')}}`))
    .toSorted();
}
