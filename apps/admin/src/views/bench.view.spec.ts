import type { BenchOutlook, BenchRequest, BenchResult } from '@app/queue';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { benchDocument, benchView, outlookNotes, unfinishedText } from './bench.view.js';

const request: BenchRequest = { queue: 'low', count: 2_000, perSecond: 1_000, payloadBytes: 100, timeoutMs: 60_000 };
const outlook: BenchOutlook = {
  queue: 'low',
  paused: null,
  waiting: 0,
  waitingBefore: 0,
  workers: 1,
  slots: 16,
  obstacle: undefined,
};
const latency = { p50Ms: 0.414, p95Ms: 12.34, p99Ms: 120.4, maxMs: 1_234.5, meanMs: 5 };
const figures = {
  durationMs: 2_001,
  enqueuedPerSecond: 1_000.4,
  donePerSecond: 999.5,
  untilStart: latency,
  untilDone: latency,
};
const result: BenchResult = {
  end: 'complete',
  enqueued: 2_000,
  done: 2_000,
  count: 2_000,
  withdrawn: 0,
  isHeldBack: false,
  figures,
};
const terminal = { width: Infinity, paint: pc.createColors(false) };

describe('the figures of a benchmark', () => {
  it('are shown with three digits each', () => {
    expect(benchView({ request, outlook, result, figures }, terminal).split('\n')).toEqual([
      '2,000 jobs of 100 B through queue low, 1 worker with 16 slots',
      'enqueued    1,000/s of 1,000/s asked for',
      'throughput  1,000/s over 2s',
      '',
      '                     P50      P95     P99       MAX     MEAN',
      'enqueue → start  0.41 ms  12.3 ms  120 ms  1,235 ms  5.00 ms',
      'enqueue → done   0.41 ms  12.3 ms  120 ms  1,235 ms  5.00 ms',
    ]);
  });

  it('say what they are worth', () => {
    const report = {
      request,
      outlook: { ...outlook, waiting: 3, waitingBefore: 4 },
      result: { ...result, isHeldBack: true },
      figures,
    };

    const text = benchView(report, terminal);

    expect(text).toContain('! 7 jobs lay ahead when it began');
    expect(text).toContain('! the workers did not keep up with the rate');
    expect(benchDocument(report)).toMatchObject({
      ahead: { waiting: 3, waitingBefore: 4, workers: 1, slots: 16 },
      isHeldBack: true,
      donePerSecond: 999.5,
    });
  });
});

it('what lies ahead is told before a benchmark begins', () => {
  expect(outlookNotes(outlook)).toEqual([]);
  expect(outlookNotes({ ...outlook, waiting: 1, waitingBefore: 2 })).toEqual([
    '1 job of queue low lies ahead of the benchmark: the wait is in its figures',
    '2 jobs of queues served before low could run now and go first',
  ]);
});

it.each<[Partial<BenchResult>, string]>([
  [
    { end: 'timeout', done: 10, enqueued: 110, withdrawn: 90 },
    'the benchmark did not finish within 1m: 10 of 2,000 jobs were done, so there are no figures; 90 were taken back, 10 are dropped by the workers that claim them',
  ],
  [
    { end: 'interrupted', done: 0, enqueued: 5, withdrawn: 5 },
    'the benchmark was interrupted: 0 of 2,000 jobs were done, so there are no figures; 5 were taken back',
  ],
  [{ end: 'paused' }, 'queue low was paused meanwhile: '],
  [{ end: 'queue-full' }, 'queue low is full (queue.max_length): '],
])('an unfinished benchmark says why: %j', (given, text) => {
  expect(unfinishedText(request, { ...result, figures: null, ...given })).toContain(text);
});
