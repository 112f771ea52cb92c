import { describe, expect, it } from 'vitest';
import type { JobEnd, JobEnds, ScanDone } from './reports.js';
import { isReport } from './reports.js';
import { Tally } from './tally.js';

const end = (facts: Partial<JobEnd>): JobEnd => ({
  queue: 'low',
  kind: 'file.digest',
  outcome: 'completed',
  waitMs: 1,
  durationMs: 2,
  ...facts,
});
const ends = (...all: Partial<JobEnd>[]): JobEnds => ({ type: 'job-ends', ends: all.map(end) });
const scanDone: ScanDone = {
  type: 'scan-done',
  summary: {
    root: '/in',
    complete: true,
    produced: 3,
    duplicates: 1,
    excluded: 0,
    skipped: {},
    perQueue: { high: { produced: 1, duplicates: 0 }, low: { produced: 2, duplicates: 1 } },
  },
};

describe('Tally', () => {
  it('counts attempts as failed and jobs as dead', () => {
    const tally = new Tally(['high', 'low']);

    tally.add(ends({}, { outcome: 'failed' }, { outcome: 'dead' }, { queue: 'high' }), 0);
    tally.add(scanDone, 1);

    expect(tally.total).toEqual({ produced: 3, completed: 2, failed: 2, dead: 1 });
    expect(tally.byQueue()).toEqual([
      { queue: 'high', produced: 1, completed: 1, failed: 0, dead: 0 },
      { queue: 'low', produced: 2, completed: 1, failed: 2, dead: 1 },
    ]);
  });

  it('knows what was produced before the scan is over', () => {
    const tally = new Tally(['high', 'low']);

    tally.add({ type: 'scan-progress', found: 9, produced: 5, duplicates: 0, skipped: 0 }, 0);

    expect(tally.total.produced).toBe(5);
    expect(tally.scan).toBeUndefined();
  });

  it('keeps the five longest runs', () => {
    const tally = new Tally(['high', 'low']);

    tally.add(ends(...[3, 9, 1, 7, 5, 8].map((durationMs) => ({ durationMs, label: `f${durationMs}` }))), 0);

    expect(tally.slowest().map(({ label }) => label)).toEqual(['f9', 'f8', 'f7', 'f5', 'f3']);
  });

  it('gives percentiles in ms, also below one and above an hour', () => {
    const tally = new Tally(['high', 'low']);

    tally.add(ends({ waitMs: 0.25, durationMs: 7_200_000 }), 0);

    expect(tally.wait()).toEqual({ p50Ms: 0.25, p95Ms: 0.25 });
    expect(tally.run()!.p50Ms / 7_200_000).toBeCloseTo(1, 2);
    expect(new Tally(['high', 'low']).run()).toBeUndefined();
  });

  it('measures from the first report to the last end', () => {
    const tally = new Tally(['high', 'low']);

    tally.add({ type: 'scan-progress', found: 1, produced: 1, duplicates: 0, skipped: 0 }, 100);
    tally.add(ends({}), 350);
    tally.add(scanDone, 900);

    expect(tally.durationMs).toBe(250);
  });
});

it.each([null, 'x', {}, { type: 'other' }])('does not hear %j', (message) => {
  expect(isReport(message)).toBe(false);
});
