import type { WorkerInfo } from '@app/queue';
import { escapeText } from '../output/escape.js';
import type { Terminal } from '../output/render.js';
import { type Cell, type Column, formatTable } from '../output/table.js';
import { formatAge, formatCount } from '../output/units.js';

/** Below this share of an ordinary lease a worker has missed its heartbeats. */
const SHORT_LEASE_MS = 5_000;

const COLUMNS: readonly Column[] = [
  { title: 'WORKER', shrinks: true },
  { title: 'HEARTBEAT', align: 'right' },
  { title: 'LEASE', align: 'right' },
  { title: 'JOBS', align: 'right' },
  { title: 'SLOTS', align: 'right' },
  { title: 'OLDEST', align: 'right' },
  { title: 'QUEUES', shrinks: true },
];

const DETAIL_COLUMNS: readonly Column[] = [
  ...COLUMNS,
  { title: 'UP', align: 'right' },
  { title: 'VERSION' },
  { title: 'PID', align: 'right' },
  { title: 'HOST', shrinks: true },
];

/** The workers as `stats` shows them: their last heartbeat, the lease that is left, the jobs held, the age of the oldest of them. */
export function workersTable(workers: readonly WorkerInfo[], terminal: Terminal): string {
  return formatTable(
    COLUMNS,
    workers.map((worker) => row(worker, terminal)),
    terminal.width,
  );
}

/** The workers with everything that they say of themselves. */
export function workersView(workers: readonly WorkerInfo[], nowMs: number, terminal: Terminal): string {
  if (workers.length === 0) return 'No workers are registered.';
  const rows = workers.map((worker) => [...row(worker, terminal), ...detail(worker, nowMs)]);
  return formatTable(DETAIL_COLUMNS, rows, terminal.width);
}

function row(worker: WorkerInfo, terminal: Terminal): readonly Cell[] {
  return [
    { text: escapeText(worker.workerId) },
    { text: worker.heartbeatAgeMs === null ? '-' : `${formatAge(worker.heartbeatAgeMs)} ago` },
    leaseCell(worker, terminal),
    { text: formatCount(worker.heldJobs) },
    { text: formatCount(worker.slots) },
    { text: formatAge(worker.oldestHeldAgeMs) },
    { text: escapeText(worker.queues.join(',')) },
  ];
}

function leaseCell({ revoked, leaseRemainingMs }: WorkerInfo, { paint }: Terminal): Cell {
  if (revoked) return { text: 'revoked', paint: paint.red };
  if (leaseRemainingMs <= 0) return { text: 'expired', paint: paint.red };
  return { text: formatAge(leaseRemainingMs), ...(leaseRemainingMs < SHORT_LEASE_MS ? { paint: paint.yellow } : {}) };
}

function detail({ startedAtMs, version, pid, host }: WorkerInfo, nowMs: number): readonly Cell[] {
  return [
    { text: formatAge(nowMs - startedAtMs) },
    { text: escapeText(version) },
    { text: String(pid) },
    { text: escapeText(host) },
  ];
}
