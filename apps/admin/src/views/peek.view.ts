import type { PeekedJob } from '@app/queue';
import { escapeText } from '../output/escape.js';
import type { Terminal } from '../output/render.js';
import { type Cell, type Column, cutTo, formatTable } from '../output/table.js';
import { formatCount, formatMoment } from '../output/units.js';
import { contentOf, payloadText } from './job-content.js';

/** Where nobody says how wide a line may be, a payload still leaves the lines readable; `--json` has all of it. */
const PAYLOAD_WIDTH = 120;

const COLUMNS: readonly Column[] = [
  { title: 'ID' },
  { title: 'QUEUE', shrinks: true },
  { title: 'KIND', shrinks: true },
  { title: 'DUE' },
  { title: 'FAILED', align: 'right' },
  { title: 'PAYLOAD', shrinks: true },
];

const TIME_TITLES: Readonly<Record<PeekedJob['state'], string>> = {
  ready: 'DUE',
  quarantine: 'DUE',
  parked: 'DUE',
  scheduled: 'DUE',
  dead: 'DIED',
  completed: 'FINISHED',
};

/** The jobs as a table, in the order in which their place gives them. */
export function peekView(jobs: readonly PeekedJob[], place: PeekedJob['state'], terminal: Terminal): string {
  if (jobs.length === 0) return place === 'quarantine' ? 'No jobs in quarantine.' : `No ${place} jobs.`;
  return formatTable(titles(place), jobs.map(row), terminal.width);
}

/** The jobs as a document: with everything that the table has no room for. */
export function peekDocument(jobs: readonly PeekedJob[]): object[] {
  return jobs.map(({ record, ...job }) => ({ ...job, recordBytes: record.bytes, ...contentOf(record) }));
}

function titles(place: PeekedJob['state']): readonly Column[] {
  const time = TIME_TITLES[place];
  return COLUMNS.map((column) => (column.title === 'DUE' ? { ...column, title: time } : column));
}

function row(job: PeekedJob): readonly Cell[] {
  const payload = cutTo(escapeText(payloadText(contentOf(job.record))), PAYLOAD_WIDTH);
  return [
    { text: escapeText(job.id) },
    { text: escapeText(job.queue ?? '?') },
    { text: escapeText(job.kind ?? '?') },
    { text: formatMoment(job.atMs) },
    { text: formatCount(job.attempts) },
    { text: job.reason === null ? payload : `${job.reason}: ${payload}` },
  ];
}
