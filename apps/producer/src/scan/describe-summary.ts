import type { ScanSummary } from './scan-report.js';

/** One line with the counts, then one for each reason why files were skipped. */
export function describeSummary(summary: ScanSummary): { readonly result: string; readonly skips: readonly string[] } {
  const { complete, root, found, produced, duplicates, excluded, perQueue } = summary;
  const queues = Object.entries(perQueue).map(([queue, counts]) => `${queue} ${counts.produced}`);
  const end = complete ? 'scan finished' : 'scan ended early';
  const jobs = queues.length > 0 ? `${produced} new jobs (${queues.join(', ')})` : `${produced} new jobs`;
  return {
    result: `${end}: ${found} files in ${root}, ${jobs}, ${duplicates} unchanged, ${excluded} excluded`,
    skips: Object.entries(summary.skipped).map(([reason, { count, examples }]) => {
      const more = count > examples.length ? ', …' : '';
      return `skipped ${count} (${reason}): ${examples.join(', ')}${more}`;
    }),
  };
}
