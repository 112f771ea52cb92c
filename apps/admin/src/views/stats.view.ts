import type { PauseInfo, QueueCounts, QueueOverview } from '@app/queue';
import { escapeText } from '../output/escape.js';
import type { Terminal } from '../output/render.js';
import { type Column, type Cell, formatTable } from '../output/table.js';
import { formatAge, formatBytes, formatCount } from '../output/units.js';
import { remarksOn } from './remarks.js';
import { workersTable } from './workers.view.js';

const QUEUE_COLUMNS: readonly Column[] = [
  { title: 'QUEUE' },
  { title: 'READY', align: 'right' },
  { title: 'SCHEDULED', align: 'right' },
  { title: 'OVERDUE', align: 'right' },
  { title: 'OLDEST DUE', align: 'right' },
  { title: 'PAUSED', shrinks: true },
];

/** One screen: where the queue is, how much waits where, who works, and what needs attention. */
export function statsView(overview: QueueOverview, terminal: Terminal): string {
  return [
    headline(overview, terminal),
    formatTable(
      QUEUE_COLUMNS,
      overview.queues.map((queue) => queueRow(queue, overview.nowMs, terminal)),
      terminal.width,
    ),
    totals(overview, terminal),
    overview.workers.length === 0 ? 'No workers are registered.' : workersTable(overview.workers, terminal),
    attention(overview, terminal),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function headline({ prefix, address, partitions, redis }: QueueOverview, { paint }: Terminal): string {
  const where = `${escapeText(prefix)} at ${escapeText(address)}`;
  const memory = redis.maxMemoryBytes > 0 ? ` of ${formatBytes(redis.maxMemoryBytes)}` : ', no limit';
  return [
    `${paint.bold(where)}${partitions === 1 ? '' : `, ${partitions} partitions`}`,
    `Redis ${escapeText(redis.version)}, memory ${formatBytes(redis.usedMemoryBytes)}${memory}, ${escapeText(redis.evictionPolicy)}`,
  ].join('\n');
}

function queueRow(queue: QueueCounts, nowMs: number, { paint }: Terminal): readonly Cell[] {
  return [
    { text: escapeText(queue.name), paint: paint.bold },
    { text: formatCount(queue.ready) },
    { text: formatCount(queue.scheduled) },
    { text: formatCount(queue.overdue), ...(queue.overdue > 0 ? { paint: paint.yellow } : {}) },
    { text: formatAge(queue.oldestDueAgeMs) },
    queue.paused ? { text: pauseText(queue.paused, nowMs), paint: paint.yellow } : { text: 'no' },
  ];
}

function pauseText({ reason, by, untilMs }: PauseInfo, nowMs: number): string {
  return escapeText(`yes, by ${by}${remainingText(untilMs, nowMs)}: ${reason}`);
}

// A pause with an end is lifted by a worker: without one it stays a little, or for ever.
function remainingText(untilMs: number | null, nowMs: number): string {
  if (untilMs === null) return '';
  return untilMs > nowMs ? `, for ${formatAge(untilMs - nowMs)} more` : ', over, lifted by the next worker';
}

function totals({ processing, dead, completed, breakers: all }: QueueOverview, { paint }: Terminal): string {
  const breakers = all.map(breakerText);
  const oldest = (ageMs: number | null) => (ageMs === null ? '' : `, oldest ${formatAge(ageMs)}`);
  const deadText = `${formatCount(dead.total)}${oldest(dead.oldestAgeMs)}`;
  return [
    `processing  ${formatCount(processing.total)}${oldest(processing.oldestAgeMs)}`,
    `dead        ${dead.total > 0 ? paint.red(deadText) : deadText}`,
    `completed   ${formatCount(completed.total)} kept`,
    `breakers    ${breakers.length > 0 ? paint.yellow(escapeText(breakers.join('; '))) : 'closed'}`,
  ].join('\n');
}

function attention(overview: QueueOverview, { paint }: Terminal): string {
  return remarksOn(overview)
    .map((remark) => `${paint.yellow('!')} ${escapeText(remark)}`)
    .join('\n');
}

/** `mail.send open, 1,204 parked`. */
function breakerText({ kind, state, parked }: QueueOverview['breakers'][number]): string {
  return `${kind} ${state}, ${formatCount(parked)} parked`;
}
