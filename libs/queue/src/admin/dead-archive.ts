import { isUtf8 } from 'node:buffer';
import { QueueError } from '../errors/queue-error.js';
import { decodeHeader, decodeRecord } from '../job/job-codec.js';
import { decodeHistory } from '../job/job-history.js';
import { partitionOf } from '../redis/queue-keys.js';
import type { StoredDeath } from './dead-walk.js';

/** Version of a line. A reader refuses a newer one. */
const LINE_VERSION = 1;

/** Stored bytes in JSON: a text, or what is no UTF-8 in base64. */
type Bytes = string | { readonly base64: string };

/** One line of an export: all that is stored of a dead job, and what people look for. */
interface ArchiveLine {
  readonly version: number;
  readonly id: Bytes;
  readonly diedAt: string;
  readonly partition: number;
  readonly partitions: number;
  readonly queue: string | null;
  readonly kind: string | null;
  readonly reason: string | null;
  readonly record: Bytes | null;
  readonly history: Bytes | null;
}

/** A dead job that an export brought back. */
export type ArchivedJob = StoredDeath;

/** A dead job as one line of JSON, without the newline. Nothing of it is lost, whatever its bytes are. */
export function encodeArchived({ partition, id, diedAt, record, history }: StoredDeath, partitions: number): string {
  const header = record === null ? undefined : decodeHeader(record.toString());
  const line: ArchiveLine = {
    version: LINE_VERSION,
    id: encodeBytes(id),
    diedAt,
    partition,
    partitions,
    queue: header?.queue ?? null,
    kind: header?.kind ?? null,
    reason: decodeHistory(history?.toString()).reason ?? null,
    record: record && encodeBytes(record),
    history: history && encodeBytes(history),
  };
  return JSON.stringify(line);
}

/**
 * Reads a line of an export. It goes back to the partition it came from; when the queue has another number of
 * partitions by now, to the one that its unique key or id gives.
 *
 * @throws {QueueError} `invalid-options`: says what of the line is wrong.
 */
export function decodeArchived(text: string, partitions: number): ArchivedJob {
  const line = parse(text);
  if (line.version !== LINE_VERSION) throw wrong('version', line.version, String(LINE_VERSION));
  const id = decodeBytes('id', line.id);
  if (!id || id.length === 0) throw wrong('id', line.id, 'a text that is not empty');
  if (typeof line.diedAt !== 'string' || !/^\d{1,16}(\.\d+)?$/.test(line.diedAt))
    throw wrong('diedAt', line.diedAt, 'a text with ms since 1970');
  const record = decodeBytes('record', line.record);
  const isHome = line.partitions === partitions && isPartition(line.partition, partitions);
  const partition = isHome ? Number(line.partition) : partitionOf(homeKey(String(id), record), partitions);
  return { partition, id, diedAt: line.diedAt, record, history: decodeBytes('history', line.history) };
}

function parse(text: string): Partial<Record<keyof ArchiveLine, unknown>> {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch (error) {
    throw new QueueError('invalid-options', `is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof line !== 'object' || line === null || Array.isArray(line))
    throw new QueueError('invalid-options', 'is no object as "dlq export" writes them');
  return line;
}

function isPartition(value: unknown, partitions: number): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < partitions;
}

function homeKey(id: string, record: Buffer | null): string {
  try {
    return decodeRecord(id, record?.toString() ?? null).uniqueKey ?? id;
  } catch {
    return id; // a record that nobody can read names no key
  }
}

function encodeBytes(bytes: Buffer): Bytes {
  return isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') };
}

function decodeBytes(field: string, value: unknown): Buffer | null {
  if (value === null) return null;
  if (typeof value === 'string' && Buffer.from(value).toString() === value) return Buffer.from(value);
  const { base64 } = (typeof value === 'object' ? value : {}) as { base64?: unknown };
  if (typeof base64 === 'string' && Buffer.from(base64, 'base64').toString('base64') === base64)
    return Buffer.from(base64, 'base64');
  throw wrong(field, value, 'a text, {"base64": "…"} or null');
}

function wrong(field: string, found: unknown, expected: string): QueueError {
  const shown = JSON.stringify(found)?.slice(0, 100) ?? 'nothing';
  return new QueueError('invalid-options', `${field}: found ${shown}, expected ${expected}`);
}
