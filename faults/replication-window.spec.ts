import { expect, it } from 'vitest';
import type { LedgerLine } from './ledger.js';
import { outsideWindow } from './replication-window.js';
import type { Violation } from './rules.js';

const stored = (jobId: string, atMs: number): LedgerLine => ({
  what: 'enqueue-ok',
  jobId,
  fate: 'completes',
  atMs,
  pid: 1,
});
const lost = (jobId: string): Violation => ({ rule: 'lost', jobId, detail: 'gone' });

it('excuses what was answered within a second of the loss of the master, and nothing else', () => {
  const lines = [stored('early', 8_900), stored('in-window', 9_100), stored('late', 11_100)];
  const violations = ['early', 'in-window', 'late', 'never-answered'].map(lost);

  expect(outsideWindow(violations, lines, 10_000).map(({ jobId }) => jobId)).toEqual([
    'early',
    'late',
    'never-answered',
  ]);
});
