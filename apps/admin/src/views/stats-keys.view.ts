import type { KeyFamily, KeyStats } from '@app/queue';
import type { Terminal } from '../output/render.js';
import { type Cell, type Column, formatTable } from '../output/table.js';
import { formatBytes, formatCount } from '../output/units.js';

const COLUMNS: readonly Column[] = [
  { title: 'FAMILY' },
  { title: 'KEYS', align: 'right' },
  { title: 'ENTRIES', align: 'right' },
  { title: 'BYTES', align: 'right' },
];

/** The families of keys as a table, the largest first; `~`: from a sample. */
export function statsKeysView({ families, totalBytes, isComplete }: KeyStats, terminal: Terminal): string {
  if (families.length === 0) return 'No keys under this prefix.';
  const total = totalBytes === null ? 'unknown: MEMORY USAGE is not allowed for this user' : formatBytes(totalBytes);
  return [
    formatTable(COLUMNS, families.map(row), terminal.width),
    `total  ${total}`,
    ...(isComplete ? [] : ['More keys than were looked at: unique, producer, bench and limit are at least these.']),
  ].join('\n\n');
}

function row({ name, keys, entries, bytes, isEstimate }: KeyFamily): readonly Cell[] {
  return [
    { text: name },
    { text: formatCount(keys) },
    { text: entries === null ? '-' : formatCount(entries) },
    { text: bytes === null ? '-' : `${isEstimate ? '~' : ''}${formatBytes(bytes)}` },
  ];
}
