import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { renderOutlook } from './outlook.js';
import { RateMeter, renderProgress } from './progress.js';
import type { ScanSummary } from './reports.js';
import { renderSummary, type RunSummary } from './summary.js';
import { cellsOf, type Terminal } from './text.js';

const plain = (width: number): Terminal => ({ width, paint: pc.createColors(false) });

const scan: ScanSummary = {
  root: '/data/in',
  complete: true,
  produced: 1_204,
  duplicates: 3,
  excluded: 7,
  skipped: { unreadable: { count: 2, examples: ['/data/in/locked (EACCES)'] } },
  perQueue: {},
};

const summary: RunSummary = {
  scan,
  queues: [
    { queue: 'high', produced: 204, completed: 204, failed: 0, dead: 0 },
    { queue: 'low', produced: 1_000, completed: 999, failed: 4, dead: 1 },
  ],
  durationMs: 2_408,
  wait: { p50Ms: 3.42, p95Ms: 12.6 },
  run: { p50Ms: 0.8, p95Ms: 1_530 },
  slowest: [
    { label: '/data/in/deep/big\u001b[2J\n.zip', durationMs: 1_530 },
    { label: 'report.send', durationMs: 12 },
  ],
  newlyDead: 1,
};

describe('renderSummary', () => {
  it('shows what a person wants to know', () => {
    expect(renderSummary(summary, plain(80))).toBe(
      `
1,204 new, 3 unchanged  /data/in

queue         produced  completed  failed  dead
high               204        204       0     0
low              1,000        999       4     1

throughput  500 jobs/s, 1,204 jobs in 2.4 s
wait        p50 3.4 ms, p95 13 ms
run         p50 0.8 ms, p95 1.5 s

slowest        1.5 s  deep/big\\u{1b}[2J\\u{a}.zip
               12 ms  report.send

skipped     2 unreadable: /data/in/locked (EACCES)
            7 left out by the globs
`.trim(),
    );
  });

  it('says little when there was nothing to do', () => {
    const nothing: RunSummary = {
      ...summary,
      scan: { ...scan, produced: 0, duplicates: 14, excluded: 0, skipped: {} },
      queues: [{ queue: 'high', produced: 0, completed: 0, failed: 0, dead: 0 }],
      wait: undefined,
      run: undefined,
      slowest: [],
    };

    expect(renderSummary(nothing, plain(80))).toBe('0 new, 14 unchanged  /data/in');
  });

  it('says that a scan did not reach its end', () => {
    expect(renderSummary({ ...summary, scan: { ...scan, complete: false } }, plain(80))).toContain(
      '(the scan did not reach its end)',
    );
  });

  it('fits a narrow terminal, keeping the ends of paths', () => {
    const label = `/data/in/${'日本/'.repeat(40)}end.pdf`;
    const text = renderSummary({ ...summary, slowest: [{ label, durationMs: 5 }] }, plain(60));

    expect(Math.max(...text.split('\n').map(cellsOf))).toBeLessThan(60);
    expect(text).toMatch(/slowest +5\.0 ms {2}….*end\.pdf/);
  });

  it('paints only when it may', () => {
    expect(renderSummary(summary, { width: 80, paint: pc.createColors(true) })).toContain('\u001b[31m');
    expect(renderSummary(summary, plain(80))).not.toContain('\u001b');
  });
});

it('shows where to look next, the command in one piece', () => {
  const url = (port: number) => `http://127.0.0.1:${port}`;
  const stats = 'node dist/apps/admin stats --config=.data/config.yaml';
  const urls = { producer: url(1), worker: url(2), admin: url(3) };
  const outlook = { urls, jobs: `${url(4)}/v1/jobs`, stats, logs: '.data/logs' };

  expect(renderOutlook(outlook, plain(30))).toBe(
    `
producer    http://127.0.0.1:1/healthz  http://127.0.0.1:1/metrics
worker      http://127.0.0.1:2/healthz  http://127.0.0.1:2/metrics
admin       http://127.0.0.1:3/healthz  http://127.0.0.1:3/metrics
jobs        POST http://127.0.0.1:4/v1/jobs
logs        .data/logs
stats       ${stats}
`.trim(),
  );
});

describe('renderProgress', () => {
  const counts = { produced: 1_500, completed: 1_200, failed: 3, dead: 1 };

  it('is one line', () => {
    expect(renderProgress({ counts, isScanning: true, jobsPerSecond: 812.4 }, plain(Infinity))).toBe(
      'scanning  1,500 produced  1,200 completed  3 failed  1 dead  812 jobs/s',
    );
  });

  it('is cut where the terminal ends', () => {
    const line = renderProgress({ counts, isScanning: false, jobsPerSecond: 0 }, plain(24));

    expect(line).toBe('working  1,500 produce…');
  });
});

it('measures the rate over the last two seconds', () => {
  const meter = new RateMeter();

  const rates = [0, 1_000, 2_000, 3_000, 4_000, 9_000].map((nowMs) => meter.next(Math.min(nowMs, 2_000) / 10, nowMs));

  expect(rates).toEqual([0, 100, 100, 50, 0, 0]);
});
