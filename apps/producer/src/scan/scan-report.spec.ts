import { expect, it } from 'vitest';
import { ScanReport } from './scan-report.js';

it('adds up by queue and in all', () => {
  const report = new ScanReport();
  for (let file = 0; file < 3; file += 1) report.addFound();
  report.addEnqueued('high', 'produced');
  report.addEnqueued('low', 'produced');
  report.addEnqueued('low', 'duplicates');
  report.addExcluded();

  expect(report.counts()).toEqual({ found: 3, produced: 2, duplicates: 1, skipped: 0 });
  expect(report.summary('/data', true)).toMatchObject({
    root: '/data',
    complete: true,
    found: 3,
    excluded: 1,
    skipped: {},
    perQueue: { high: { produced: 1, duplicates: 0 }, low: { produced: 1, duplicates: 1 } },
  });
});

it('keeps the count of what was skipped and the first five paths, safe to print', () => {
  const report = new ScanReport();
  for (let file = 0; file < 7; file += 1) report.addSkipped('unreadable', `/d/${file}\n`, 'EACCES');

  const { unreadable } = report.summary('/d', true).skipped;
  expect(unreadable?.count).toBe(7);
  expect(unreadable?.examples).toHaveLength(5);
  expect(unreadable?.examples[0]).toBe('/d/0\\u{a} (EACCES)');
  expect(report.counts().skipped).toBe(7);
});

it('is not complete when the cap on names ended the walk', () => {
  const report = new ScanReport();
  report.addSkipped('too-many-entries', '/d');

  expect(report.summary('/d', true).complete).toBe(false);
});
