import type { ScanSummary } from './scan-report.js';

/** One line with the counts, then one for each reason why files were skipped. */
export function describeSummary(
  summary: ScanSummary,
  title = summary.complete ? 'scan finished' : 'scan ended early',
): { readonly result: string; readonly skips: readonly string[] } {
  const { root, found, produced, duplicates, excluded, perQueue } = summary;
  const queues = Object.entries(perQueue).map(([queue, counts]) => `${queue} ${counts.produced}`);
  const jobs = queues.length > 0 ? `${produced} new jobs (${queues.join(', ')})` : `${produced} new jobs`;
  return {
    result: `${title}: ${found} files in ${root}, ${jobs}, ${duplicates} unchanged, ${excluded} excluded`,
    skips: Object.entries(summary.skipped).map(([reason, { count, examples }]) => {
      const more = count > examples.length ? ', …' : '';
      return `skipped ${count} (${reason}): ${examples.join(', ')}${more}`;
    }),
  };
}
