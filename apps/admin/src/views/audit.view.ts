import type { AuditEntry } from '@app/queue';
import { escapeText } from '../output/escape.js';
import type { Terminal } from '../output/render.js';
import { type Cell, type Column, formatTable } from '../output/table.js';
import { formatMoment } from '../output/units.js';

const COLUMNS: readonly Column[] = [
  { title: 'WHEN' },
  { title: 'WHAT' },
  { title: 'WHO' },
  { title: 'COMMAND' },
  { title: 'FILTER', shrinks: true },
  { title: 'COUNTS', shrinks: true },
  { title: 'REASON', shrinks: true },
];

/** The trail, a line an entry. An intent without a result of the same run was ended by force. */
export function auditView(entries: readonly AuditEntry[], terminal: Terminal): string {
  if (entries.length === 0) return 'Nothing is recorded.';
  return formatTable(
    COLUMNS,
    entries.map((entry) => row(entry, terminal)),
    terminal.width,
  );
}

/** An entry for programs: filter and counts as JSON, everything else as it is stored. */
export function auditDocument({ id, atMs, fields }: AuditEntry): object {
  const { filter, counts, ...texts } = fields;
  const parts = Object.entries({ filter, counts }).filter(([, text]) => text !== undefined);
  return { id, at: new Date(atMs).toISOString(), ...texts, ...Object.fromEntries(parts.map(readPart)) };
}

function row({ atMs, fields }: AuditEntry, { paint }: Terminal): Cell[] {
  const { phase = '', result, who = '-', command = '', filter = '', counts = '', reason, error } = fields;
  const isBad = phase === 'refused' || result === 'failed';
  return [
    { text: formatMoment(atMs) },
    { text: escapeText(result ?? phase), ...(isBad ? { paint: paint.red } : {}) },
    ...[who, command, pairsText(filter), pairsText(counts), reason ?? error ?? ''].map((text) => ({
      text: escapeText(text),
    })),
  ];
}

/** `kind=file.digest limit=10` */
function pairsText(json: string): string {
  const value = readPart(['', json])[1];
  if (typeof value !== 'object' || value === null) return json;
  const pairs = Object.entries(value).map(
    ([name, each]) => `${name}=${typeof each === 'string' ? each : JSON.stringify(each)}`,
  );
  return pairs.join(' ');
}

// What was cut to its longest length is no JSON any more, and is shown as it is.
function readPart([name, text]: [string, string | undefined]): [string, unknown] {
  try {
    return [name, JSON.parse(text ?? '')];
  } catch {
    return [name, text];
  }
}
