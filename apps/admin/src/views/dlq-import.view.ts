import type { ImportWord } from '@app/queue';
import { escapeText } from '../output/escape.js';
import { formatCount } from '../output/units.js';
import { targetText, type Target } from './purge.view.js';

/** What an import did. */
export interface ImportReport extends Readonly<Record<ImportWord, number>>, Target {
  readonly dryRun: boolean;
  readonly lines: number;
  readonly isComplete: boolean;
  /** The first lines that were left alone. */
  readonly refused: readonly { readonly line: number; readonly id: string; readonly why: ImportWord }[];
}

const WHY: Readonly<Record<ImportWord, string>> = {
  imported: '',
  present: '',
  different: 'is dead, but not as in the file',
  taken: 'is somewhere else in the queue by now',
};

/** The report of an import for people. */
export function importView(report: ImportReport): string {
  const { dryRun, lines, imported, present, refused, isComplete } = report;
  if (dryRun) return `would import ${formatCount(lines)} dead jobs, ${targetText(report)}: every line is good`;
  const was = present > 0 ? `, ${formatCount(present)} were there already` : '';
  return [
    `imported ${formatCount(imported)} of ${formatCount(lines)} dead jobs${was}, ${targetText(report)}`,
    ...refused.map(({ line, id, why }) => `  line ${line}: ${escapeText(id)} ${WHY[why]}`),
    ...(isComplete ? [] : ['interrupted: run it again to go on']),
  ].join('\n');
}
