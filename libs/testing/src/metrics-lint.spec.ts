import { describe, expect, it } from 'vitest';
import { lintMetrics } from './metrics-lint.js';

describe('lintMetrics', () => {
  it('finds nothing wrong with what Prometheus asks for', () => {
    const scrape =
      '# HELP jobs_total Jobs\n# TYPE jobs_total counter\njobs_total{queue="high"} 1\n' +
      '# HELP wait_seconds Wait\n# TYPE wait_seconds histogram\nwait_seconds_bucket{le="+Inf"} 1\n' +
      'wait_seconds_sum 1\nwait_seconds_count 1\n';

    expect(lintMetrics(scrape)).toEqual([]);
  });

  it.each([
    ['# TYPE x gauge\nx 1', 'x: no help text'],
    ['# HELP x X\nx 1', 'x: no type'],
    ['# HELP x X\n# TYPE x counter\nx 1', 'x: counter metrics should have "_total" suffix'],
    [
      '# HELP x_total X\n# TYPE x_total gauge\nx_total 1',
      'x_total: non-counter metrics should not have "_total" suffix',
    ],
    ['# HELP x_ms X\n# TYPE x_ms gauge\nx_ms 1', 'x_ms: use base units'],
    ['# HELP x_gauge X\n# TYPE x_gauge gauge\nx_gauge 1', 'x_gauge: the name should not include its type'],
    ['# HELP x X\n# TYPE x gauge\nx{le="1"} 1', 'x: only histograms should have the label "le"'],
    ['# HELP xY X\n# TYPE xY gauge\nxY 1', 'xY: names should be in snake_case'],
    ['# HELP x_count X\n# TYPE x_count gauge\nx_count 1', 'x_count: reserved suffix "_count" or "_sum"'],
  ])('names what promtool would: %j', (scrape, problem) => {
    expect(lintMetrics(scrape)).toContain(problem);
  });
});
