import { type Diagnosis, type Finding, isHealthy, type RepairResult, type Severity } from '@app/queue';
import { escapeText } from '../output/escape.js';
import { type Terminal, terminalOf } from '../output/render.js';
import { formatCount } from '../output/units.js';
import { targetText } from './purge.view.js';

/** What was found, worst first, each with what it means and what a repair would do. */
export function diagnosisView(diagnosis: Diagnosis, terminal: Terminal = terminalOf(process.stderr)): string {
  const { findings, records, repairs } = diagnosis;
  const head = `${targetText(diagnosis)}: looked at ${count(records, 'job')}`;
  if (findings.length === 0) return `${head}, all is well`;
  const fixable = repairs.length > 0 ? ['', `${count(repairs.length, 'repair')}: doctor --fix carries them out`] : [];
  return [head, '', ...findings.flatMap((finding) => findingLines(finding, terminal)), ...fixable].join('\n');
}

/** The same for programs. Repairs themselves are an inside matter: how many there are is told. */
export function diagnosisDocument({
  nowMs,
  address,
  prefix,
  partitions,
  records,
  findings,
  repairs,
}: Diagnosis): object {
  const isWell = isHealthy(findings);
  return { nowMs, address, prefix, partitions, records, isHealthy: isWell, findings, repairable: repairs.length };
}

/** What became of the repairs, and what is still found. */
export function repairView(results: readonly RepairResult[], after: Diagnosis, terminal: Terminal): string {
  const done = results.map(({ check, repaired, changed }) => {
    const rest = changed > 0 ? `, ${formatCount(changed)} left alone: not as they were seen any more` : '';
    return `${check}: ${formatCount(repaired)} repaired${rest}`;
  });
  return [...(done.length > 0 ? done : ['nothing to repair']), '', diagnosisView(after, terminal)].join('\n');
}

/** For the audit trail. */
export function repairCounts(results: readonly RepairResult[]): Record<string, number> {
  return Object.fromEntries(results.map(({ check, repaired }) => [check, repaired]));
}

function findingLines(
  { severity, check, what, sample, fix, advice, count: all }: Finding,
  terminal: Terminal,
): string[] {
  const more = all > sample.length ? `, … (${formatCount(all)})` : '';
  return [
    `${paintOf(severity, terminal)(severity.padEnd(7))}  ${escapeText(what)}  [${check}]`,
    ...(sample.length > 0 ? [`         ${sample.map(escapeText).join(', ')}${more}`] : []),
    `         ${escapeText(advice)}`,
    ...(fix === null ? [] : [`         --fix: ${fix}`]),
  ];
}

function paintOf(severity: Severity, { paint }: Terminal): (text: string) => string {
  return { error: paint.red, warning: paint.yellow, note: paint.cyan }[severity];
}

function count(number: number, word: string): string {
  return `${formatCount(number)} ${word}${number === 1 ? '' : 's'}`;
}
