import { relative } from 'node:path';
import type { ScanSummary } from './reports.js';
import type { Percentiles, QueueCounts, SlowJob } from './tally.js';
import { cellsOf, escapeText, formatCount, formatMs, keepEnd, LABEL_WIDTH, labelled, type Terminal } from './text.js';

/** What the main job came to. */
export interface RunSummary {
  readonly scan: ScanSummary;
  readonly queues: readonly (Readonly<QueueCounts> & { readonly queue: string })[];
  readonly durationMs: number;
  readonly wait: Percentiles | undefined;
  readonly run: Percentiles | undefined;
  readonly slowest: readonly SlowJob[];
  /** How many more jobs are dead than before, as Redis says. */
  readonly newlyDead: number;
}

const COUNTS = ['produced', 'completed', 'failed', 'dead'] as const;

/** The page a person sees when the main job is done. */
export function renderSummary(summary: RunSummary, terminal: Terminal): string {
  return [
    headline(summary.scan, terminal),
    ...blocks([
      queueTable(summary, terminal),
      timings(summary, terminal),
      slowestFiles(summary, terminal),
      skippedFiles(summary.scan, terminal),
    ]),
  ].join('\n');
}

function headline({ root, produced, duplicates, complete }: ScanSummary, { paint, width }: Terminal): string {
  const counts = `${formatCount(produced)} new, ${formatCount(duplicates)} unchanged`;
  const end = complete ? '' : `  ${paint.red('(the scan did not reach its end)')}`;
  return `${paint.bold(counts)}  ${keepEnd(escapeText(root), Math.max(20, width - counts.length - 3))}${end}`;
}

function queueTable({ queues }: RunSummary, { paint }: Terminal): string[] {
  if (queues.every((counts) => COUNTS.every((key) => counts[key] === 0))) return [];
  const nameWidth = Math.max(LABEL_WIDTH - 2, ...queues.map(({ queue }) => cellsOf(escapeText(queue)))) + 2;
  const titles = COUNTS.map((title) => title.padStart(title.length + 2)).join('');
  const rows = queues.map((counts) => {
    const name = escapeText(counts.queue);
    const cells = COUNTS.map((key) => paintCount(key, counts[key], paint));
    return `${name}${' '.repeat(nameWidth - cellsOf(name))}${cells.join('')}`;
  });
  return [paint.dim(`${'queue'.padEnd(nameWidth)}${titles}`), ...rows];
}

function paintCount(key: (typeof COUNTS)[number], count: number, paint: Terminal['paint']): string {
  const text = formatCount(count).padStart(key.length + 2);
  if (count === 0) return text;
  return key === 'dead' ? paint.red(text) : key === 'failed' ? paint.yellow(text) : text;
}

function timings({ queues, durationMs, wait, run }: RunSummary, terminal: Terminal): string[] {
  if (!wait || !run) return [];
  const ended = queues.reduce((sum, { completed, dead }) => sum + completed + dead, 0);
  const perSecond = durationMs > 0 ? `${formatCount(Math.round((ended * 1_000) / durationMs))} jobs/s` : '-';
  const spread = ({ p50Ms, p95Ms }: Percentiles) => `p50 ${formatMs(p50Ms)}, p95 ${formatMs(p95Ms)}`;
  return [
    labelled('throughput', `${perSecond}, ${formatCount(ended)} jobs in ${formatMs(durationMs)}`, terminal),
    labelled('wait', spread(wait), terminal),
    labelled('run', spread(run), terminal),
  ];
}

function slowestFiles({ slowest, scan }: RunSummary, terminal: Terminal): string[] {
  return slowest.map(({ label, durationMs }, index) => {
    const time = formatMs(durationMs).padStart(8);
    const name = keepEnd(escapeText(belowRoot(label, scan.root)), Math.max(16, terminal.width - LABEL_WIDTH - 11));
    return labelled(index === 0 ? 'slowest' : '', `${time}  ${name}`, terminal);
  });
}

function belowRoot(label: string, root: string): string {
  return label.startsWith(`${root}/`) ? relative(root, label) : label;
}

function skippedFiles({ skipped, excluded }: ScanSummary, terminal: Terminal): string[] {
  const rows = Object.entries(skipped).map(
    ([reason, { count, examples }]) => `${formatCount(count)} ${reason}: ${examples[0] ?? ''}`,
  );
  if (excluded > 0) rows.push(`${formatCount(excluded)} left out by the globs`);
  const room = terminal.width - LABEL_WIDTH - 1;
  return rows.map((row, index) => labelled(index === 0 ? 'skipped' : '', keepEnd(escapeText(row), room), terminal));
}

/** Parts with something to say, each after an empty line. */
function blocks(parts: readonly string[][]): string[] {
  return parts.filter((lines) => lines.length > 0).flatMap((lines) => ['', ...lines]);
}
