import { describe, expect, it } from 'vitest';
import { isAllWell } from './main-job.js';
import type { RunSummary } from './summary.js';

const well: RunSummary = {
  scan: { root: '/in', complete: true, produced: 1, duplicates: 0, excluded: 3, skipped: {}, perQueue: {} },
  queues: [{ queue: 'low', produced: 1, completed: 1, failed: 2, dead: 0 }],
  durationMs: 1,
  wait: undefined,
  run: undefined,
  slowest: [],
  newlyDead: 0,
};

describe('isAllWell', () => {
  it('is not bothered by retries, excluded files, and files that cannot become jobs', () => {
    const skipped = { symlink: { count: 1, examples: [] } };

    expect(isAllWell({ ...well, scan: { ...well.scan, skipped } })).toBe(true);
  });

  it('is false when a job is dead, also when only Redis knows of it', () => {
    expect(isAllWell({ ...well, queues: [{ ...well.queues[0]!, dead: 1 }] })).toBe(false);
    expect(isAllWell({ ...well, newlyDead: 1 })).toBe(false);
  });

  it('is false when files were not looked at, or refused by Redis', () => {
    const skipped = { refused: { count: 1, examples: [] } };

    expect(isAllWell({ ...well, scan: { ...well.scan, complete: false } })).toBe(false);
    expect(isAllWell({ ...well, scan: { ...well.scan, skipped } })).toBe(false);
  });
});
