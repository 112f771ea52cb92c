import { unitOf, type RowResult, type SuiteResult, type Verdict } from './fault-result.js';
import { ROWS } from './rows.js';

const MARKS: Record<Verdict, string> = { pass: 'pass', fail: 'FAIL', 'not run': 'not run', 'not tried': '-' };

/** For a terminal: three lines a row. */
export function textTable(rows: readonly RowResult[]): string {
  return rows
    .map((row) => {
      const { fault, bar } = ROWS[row.id];
      const reasons = row.reasons.map((reason) => `\n         not run: ${reason}`).join('');
      return `${MARKS[row.verdict].padEnd(8)} ${fault}\n         bar: ${bar}\n         ${figureText(row) || '-'}${reasons}`;
    })
    .join('\n');
}

/** For docs/reliability.md. */
export function markdownTable({ rows }: SuiteResult): string {
  const lines = rows.map((row) => {
    const { fault, bar } = ROWS[row.id];
    const cells = [fault, bar, figureText(row), MARKS[row.verdict]];
    return `| ${cells.join(' | ')} |`;
  });
  return ['| fault | bar | what came out | result |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

/** Where and when: the sentence above the table. */
export function runSentence({ revision, node, redis, cores, finishedAt }: SuiteResult): string {
  return `Commit ${revision}, ${finishedAt.slice(0, 10)}, ${cores} cores, Node ${node}, Redis ${redis}.`;
}

function figureText({ figures }: RowResult): string {
  return Object.entries(figures)
    .map(([name, value]) => figure(name, value))
    .join(', ');
}

function figure(name: string, value: number): string {
  const unit = unitOf(name);
  if (unit === undefined) return `${name} ${value.toLocaleString('en')}`;
  const label = name.slice(0, -unit.length - 2);
  if (unit === 'ms' && value >= 1_000) return `${label} ${(value / 1_000).toFixed(1)} s`;
  return `${label} ${value.toLocaleString('en')} ${unit}`;
}
