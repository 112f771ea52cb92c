import type { BulkResult, DeadFilter } from '@app/queue';
import { escapeText } from '../output/escape.js';
import type { Terminal } from '../output/render.js';
import { cutTo, formatTable } from '../output/table.js';
import { formatAge, formatCount, formatMoment } from '../output/units.js';

/** Where a payload is cut in a sample. */
const PAYLOAD_WIDTH = 120;

/** Where jobs are moved or removed: what an operator must be sure of. */
export interface Target {
  /** Redis and its database: `127.0.0.1:6379/0`. */
  readonly address: string;
  readonly prefix: string;
}

/** A job of a sample. */
export interface SampleJob {
  readonly id: string;
  readonly queue: string | null;
  readonly kind: string | null;
  /** When it died or was made, ms. */
  readonly atMs: number | null;
  readonly note: string;
  readonly payload: string;
}

/** What a command is about to do. */
export interface Plan {
  readonly target: Target;
  /** `purge`, `requeue`. */
  readonly verb: string;
  /** `dead jobs`, `jobs that wait in "low"`. */
  readonly what: string;
  readonly filter: string;
  readonly total: number;
  readonly meant: number;
  readonly sample: readonly SampleJob[];
}

/** `jobqueue at 127.0.0.1:6379/0` */
export function targetText({ prefix, address }: Target): string {
  return `${escapeText(prefix)} at ${escapeText(address)}`;
}

/** A filter in words; empty when it means everything. */
export function filterText({ kind, queue, error, olderThanMs, limit }: DeadFilter): string {
  const parts = [
    kind !== undefined && `kind ${kind}`,
    queue !== undefined && `queue ${queue}`,
    error !== undefined && `error "${error}"`,
    olderThanMs !== undefined && `for at least ${formatAge(olderThanMs)}`,
    limit !== undefined && `the first ${formatCount(limit)}`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}

/** What a dry run shows, and what stands above a question: how many, of what, where, and some of them. */
export function planView({ target, verb, what, filter, total, meant, sample }: Plan, terminal: Terminal): string {
  const head = `would ${verb} ${formatCount(meant)} of ${formatCount(total)} ${what}, ${targetText(target)}`;
  const lines = [head, ...(filter === '' ? [] : [`  ${escapeText(filter)}`])];
  if (sample.length === 0) return lines.join('\n');
  const more = meant - sample.length;
  return [...lines, '', sampleTable(sample, terminal), ...(more > 0 ? [`… and ${formatCount(more)} more`] : [])].join(
    '\n',
  );
}

/** The question that follows it. */
export function planQuestion({ target, verb, what, meant }: Plan): string {
  const start = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}`;
  return `${start} ${formatCount(meant)} ${what}, ${target.prefix} at ${target.address}`;
}

/** How it ended: `purged 12 dead jobs, jobqueue at …`, and what was left alone. */
export function bulkView(result: BulkResult, done: string, what: string, target: Target): string {
  const { applied, seen, total, isComplete } = result;
  const lines = [`${done} ${formatCount(applied)} ${what}, ${targetText(target)}`, ...refusalLines(result)];
  if (!isComplete) lines.push(`interrupted after ${formatCount(seen)} of ${formatCount(total)}: run it again to go on`);
  return lines.join('\n');
}

function refusalLines({ refused }: BulkResult): string[] {
  return [
    ...(refused.gone > 0 ? [`  ${formatCount(refused.gone)} were gone by then, or dead again since`] : []),
    ...(refused.unreadable > 0 ? [`  ${formatCount(refused.unreadable)} stay dead: their records cannot be read`] : []),
    ...(refused['unknown-queue'] > 0
      ? [`  ${formatCount(refused['unknown-queue'])} stay dead: their queue is not in queue.names`]
      : []),
  ];
}

function sampleTable(sample: readonly SampleJob[], { width }: Terminal): string {
  const columns = [
    { title: 'ID' },
    { title: 'QUEUE', shrinks: true },
    { title: 'KIND', shrinks: true },
    { title: 'SINCE' },
    { title: 'NOTE', shrinks: true },
    { title: 'PAYLOAD', shrinks: true },
  ];
  const rows = sample.map(({ id, queue, kind, atMs, note, payload }) => [
    { text: escapeText(id) },
    { text: escapeText(queue ?? '?') },
    { text: escapeText(kind ?? '?') },
    { text: atMs === null ? '-' : formatMoment(atMs) },
    { text: cutTo(escapeText(note), PAYLOAD_WIDTH) },
    { text: cutTo(escapeText(payload), PAYLOAD_WIDTH) },
  ]);
  return formatTable(columns, rows, width);
}
