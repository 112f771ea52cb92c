import type { DeadGroup, DeadGroups, DeadJob } from '@app/queue';
import { escapeText } from '../output/escape.js';
import type { Terminal } from '../output/render.js';
import { type Cell, type Column, cutTo, formatTable } from '../output/table.js';
import { formatCount, formatMoment } from '../output/units.js';

/** Where nobody says how wide a line may be, an error still leaves the lines readable; `--json` has all of it. */
const ERROR_WIDTH = 160;

const LIST: readonly Column[] = [
  { title: 'ID' },
  { title: 'QUEUE', shrinks: true },
  { title: 'KIND', shrinks: true },
  { title: 'DIED' },
  { title: 'FAILED', align: 'right' },
  { title: 'REASON' },
  { title: 'LAST FAILURE', shrinks: true },
];

const GROUPS: readonly Column[] = [
  { title: 'GROUP' },
  { title: 'JOBS', align: 'right' },
  { title: 'FIRST DIED' },
  { title: 'LAST DIED' },
  { title: 'ERROR', shrinks: true },
  { title: 'AT', shrinks: true },
  { title: 'SAMPLE' },
];

/** Dead jobs as a table, without payloads. */
export function deadListView(jobs: readonly DeadJob[], terminal: Terminal): string {
  if (jobs.length === 0) return 'No dead jobs.';
  return formatTable(LIST, jobs.map(listRow), terminal.width);
}

/** What is wrong, how often, since when: the largest group first. */
export function deadGroupsView({ groups, total }: DeadGroups, terminal: Terminal): string {
  if (groups.length === 0) return 'No dead jobs.';
  const table = formatTable(GROUPS, groups.map(groupRow), terminal.width);
  return `${table}\n\n${formatCount(total)} dead in ${formatCount(groups.length)} group${groups.length === 1 ? '' : 's'}`;
}

function listRow(job: DeadJob): readonly Cell[] {
  return [
    { text: escapeText(job.id) },
    { text: escapeText(job.queue ?? '?') },
    { text: escapeText(job.kind ?? '?') },
    { text: formatMoment(job.diedAtMs) },
    { text: formatCount(job.attempts) },
    { text: escapeText(job.reason ?? '-') },
    { text: cutTo(escapeText(job.lastFailure ?? '-'), ERROR_WIDTH) },
  ];
}

function groupRow(group: DeadGroup): readonly Cell[] {
  const error = group.errorClass === null ? group.message : `${group.errorClass}: ${group.message ?? ''}`;
  return [
    { text: escapeText(group.group) },
    { text: formatCount(group.count) },
    { text: formatMoment(group.firstDiedAtMs) },
    { text: formatMoment(group.lastDiedAtMs) },
    { text: cutTo(escapeText(error ?? '-'), ERROR_WIDTH) },
    { text: cutTo(escapeText(group.topFrame ?? '-'), ERROR_WIDTH) },
    { text: escapeText(group.sampleId) },
  ];
}
