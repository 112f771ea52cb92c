import { expect, it } from 'vitest';
import { describeSummary } from './describe-summary.js';
import { ScanReport } from './scan-report.js';

it('says what became of the files, and why some were skipped', () => {
  const report = new ScanReport();
  report.addFound();
  report.addEnqueued('high', 'produced');
  for (let file = 0; file < 6; file += 1) report.addSkipped('symlink', `/d/${file}`);

  expect(describeSummary(report.summary('/d', true))).toEqual({
    result: 'scan finished: 1 files in /d, 1 new jobs (high 1), 0 unchanged, 0 excluded',
    skips: ['skipped 6 (symlink): /d/0, /d/1, /d/2, /d/3, /d/4, …'],
  });
  expect(describeSummary(report.summary('/d', false)).result).toMatch(/^scan ended early: /);
});
