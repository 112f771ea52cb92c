import type { BenchFigures, BenchLatency, BenchOutlook, BenchRequest, BenchResult } from '@app/queue';
import { escapeText } from '../output/escape.js';
import type { Terminal } from '../output/render.js';
import { type Cell, type Column, formatTable } from '../output/table.js';
import { formatAge, formatBytes, formatCount } from '../output/units.js';

/** A benchmark that was finished. */
export interface BenchReport {
  readonly request: BenchRequest;
  readonly outlook: BenchOutlook;
  readonly result: BenchResult;
  readonly figures: BenchFigures;
}

const COLUMNS: readonly Column[] = [
  { title: '' },
  { title: 'P50', align: 'right' },
  { title: 'P95', align: 'right' },
  { title: 'P99', align: 'right' },
  { title: 'MAX', align: 'right' },
  { title: 'MEAN', align: 'right' },
];

/** The figures with what they were measured on, and what they are worth. */
export function benchView({ request, outlook, result, figures }: BenchReport, terminal: Terminal): string {
  const { count, payloadBytes, perSecond, queue } = request;
  const lines = [
    `${formatCount(count)} jobs of ${formatBytes(payloadBytes)} through queue ${escapeText(queue)}, ${slotsText(outlook)}`,
    `enqueued    ${formatCount(Math.round(figures.enqueuedPerSecond))}/s of ${formatCount(perSecond)}/s asked for`,
    `throughput  ${formatCount(Math.round(figures.donePerSecond))}/s over ${formatAge(figures.durationMs)}`,
    '',
    formatTable(
      COLUMNS,
      [row('enqueue → start', figures.untilStart), row('enqueue → done', figures.untilDone)],
      terminal.width,
    ),
  ];
  const remarks = reportRemarks(outlook, result);
  return remarks.length === 0 ? lines.join('\n') : [...lines, '', ...remarks.map((text) => `! ${text}`)].join('\n');
}

/** The same for programs. Times in ms. */
export function benchDocument({ request, outlook, result, figures }: BenchReport): object {
  const { waiting, waitingBefore, workers, slots } = outlook;
  const { enqueued, done, isHeldBack } = result;
  return { request, ahead: { waiting, waitingBefore, workers, slots }, enqueued, done, isHeldBack, ...figures };
}

/** What an operator should know before it begins. */
export function outlookNotes({ queue, waiting, waitingBefore }: BenchOutlook): string[] {
  const name = escapeText(queue);
  return [
    ...(waiting > 0
      ? [
          `${jobs(waiting)} of queue ${name} ${waiting === 1 ? 'lies' : 'lie'} ahead of the benchmark: the wait is in its figures`,
        ]
      : []),
    ...(waitingBefore > 0 ? [`${jobs(waitingBefore)} of queues served before ${name} could run now and go first`] : []),
  ];
}

/** Why there are no figures, and what became of the jobs. */
export function unfinishedText({ queue, timeoutMs }: BenchRequest, result: BenchResult): string {
  const { end, done, count, enqueued, withdrawn } = result;
  const why = {
    timeout: `the benchmark did not finish within ${formatAge(timeoutMs)}`,
    interrupted: 'the benchmark was interrupted',
    paused: `queue ${escapeText(queue)} was paused meanwhile`,
    'queue-full': `queue ${escapeText(queue)} is full (queue.max_length)`,
    complete: 'the benchmark gave no figures',
  }[end];
  const open = enqueued - done - withdrawn;
  const rest = open > 0 ? `, ${formatCount(open)} are dropped by the workers that claim them` : '';
  return `${why}: ${formatCount(done)} of ${formatCount(count)} jobs were done, so there are no figures; ${formatCount(withdrawn)} were taken back${rest}`;
}

function reportRemarks({ waiting, waitingBefore }: BenchOutlook, { isHeldBack }: BenchResult): string[] {
  return [
    ...(waiting + waitingBefore > 0
      ? [`${jobs(waiting + waitingBefore)} lay ahead when it began: the figures are of a queue with a backlog`]
      : []),
    ...(isHeldBack
      ? ['the workers did not keep up with the rate: jobs were enqueued more slowly, so that at most 1,000 waited']
      : []),
  ];
}

function slotsText({ workers, slots }: BenchOutlook): string {
  return `${formatCount(workers)} ${workers === 1 ? 'worker' : 'workers'} with ${formatCount(slots)} slots`;
}

function row(title: string, { p50Ms, p95Ms, p99Ms, maxMs, meanMs }: BenchLatency): readonly Cell[] {
  return [title, ...[p50Ms, p95Ms, p99Ms, maxMs, meanMs].map(formatMs)].map((text) => ({ text }));
}

/** Three figures, as they were measured: `0.42 ms`, `12.3 ms`, `1,234 ms`. */
function formatMs(ms: number): string {
  const text = ms < 10 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : Math.round(ms).toLocaleString('en-US');
  return `${text} ms`;
}

function jobs(count: number): string {
  return count === 1 ? '1 job' : `${formatCount(count)} jobs`;
}
