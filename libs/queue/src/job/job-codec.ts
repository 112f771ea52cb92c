import { InvalidPayloadError } from '../errors/invalid-payload.error.js';
import type { EnqueueOptions, Job } from './job.js';

/** The record version this build writes, and the newest it reads. */
export const RECORD_VERSION = 1;

const HEADER = /^(\d+) (\d+) (\S+) (\S+)(?: (\d+))?$/;

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** A record that cannot be read. `unknown-version`: a newer build wrote it and a newer worker can run it. */
export class RecordError extends Error {
  override readonly name = 'RecordError';

  constructor(
    readonly fault: 'malformed-record' | 'record-missing' | 'unknown-version',
    message: string,
  ) {
    super(message);
  }
}

/** First line of a record: what Lua and lists need to know without reading the JSON. */
export interface RecordHeader {
  readonly version: number;
  readonly createdAtMs: number;
  /** When it was to run; `createdAtMs` for a job that was to run at once. */
  readonly dueAtMs: number;
  readonly queue: string;
  readonly kind: string;
}

/** The JSON part of a record. */
interface RecordBody {
  readonly payload: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly uniqueKey?: string;
  readonly maxRetries?: number;
  readonly timeoutMs?: number;
}

/**
 * Text of a record without its `<version> <createdAtMs> ` start, which the enqueue script writes from the Redis clock:
 * `<queue> <kind>`, then ` <dueAtMs>` from the script for a job for later, newline, one JSON text that no script decodes.
 *
 * @throws {InvalidPayloadError} the payload is not JSON (a cycle, a BigInt).
 */
export function encodeRecordTail(queue: string, kind: string, payload: unknown, options: EnqueueOptions): string {
  const { headers, uniqueKey, maxRetries, timeoutMs } = options;
  const body: RecordBody = { payload: payload ?? null, headers, uniqueKey, maxRetries, timeoutMs };
  return `${queue} ${kind}\n${toJson(body)}`;
}

function toJson(body: RecordBody): string {
  try {
    return JSON.stringify(body);
  } catch (error) {
    throw new InvalidPayloadError(`is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** The line read last: jobs that were stored together have the same one, and come together. */
let last: { readonly line: string; readonly header: RecordHeader } | undefined;

/** Reads the first line of a record; undefined when it is not one. */
export function decodeHeader(record: string): RecordHeader | undefined {
  if (last && record.startsWith(last.line)) return last.header;
  const end = record.indexOf('\n');
  const match = HEADER.exec(end < 0 ? record : record.slice(0, end));
  if (!match) return undefined;
  const [, version, createdAt, queue = '', kind = '', dueAt = createdAt] = match;
  const header = { version: Number(version), createdAtMs: Number(createdAt), dueAtMs: Number(dueAt), queue, kind };
  if (end >= 0) last = { line: record.slice(0, end + 1), header };
  return header;
}

/**
 * Reads a stored record.
 *
 * @throws {RecordError} it is missing, malformed, or of a newer version.
 */
export function decodeRecord(id: string, record: string | null): Job {
  if (!record) throw new RecordError('record-missing', `job "${id}" has no record`);
  const header = decodeHeader(record);
  if (!header) throw new RecordError('malformed-record', `job "${id}": the record's first line is unreadable`);
  if (header.version > RECORD_VERSION) {
    throw new RecordError(
      'unknown-version',
      `job "${id}": record version ${header.version}, this build reads up to ${RECORD_VERSION}`,
    );
  }
  const { kind, queue, createdAtMs, dueAtMs } = header;
  const { payload, headers = NO_HEADERS, uniqueKey, maxRetries, timeoutMs } = decodeBody(id, record);
  return { id, kind, queue, createdAtMs, dueAtMs, payload, headers, uniqueKey, maxRetries, timeoutMs };
}

function decodeBody(id: string, record: string): RecordBody {
  let body: unknown;
  try {
    body = JSON.parse(record.slice(record.indexOf('\n') + 1));
  } catch (error) {
    throw new RecordError(
      'malformed-record',
      `job "${id}": the record's JSON is unreadable: ${(error as Error).message}`,
    );
  }
  if (typeof body !== 'object' || body === null || !('payload' in body)) {
    throw new RecordError('malformed-record', `job "${id}": the record holds no payload`);
  }
  const wrong = wrongField(body as RecordBody);
  if (wrong) throw new RecordError('malformed-record', `job "${id}": the record's ${wrong}`);
  return body as RecordBody;
}

/** Records come from this build, or from a hand in Redis: a wrong type would turn up far away, as a retry without end. */
function wrongField({ headers, uniqueKey, maxRetries, timeoutMs }: RecordBody): string | undefined {
  if (headers !== undefined && (typeof headers !== 'object' || headers === null)) return 'headers are no object';
  if (uniqueKey !== undefined && typeof uniqueKey !== 'string') return 'uniqueKey is no text';
  if (maxRetries !== undefined && !Number.isInteger(maxRetries)) return 'maxRetries is no whole number';
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0)) return 'timeoutMs is no duration';
  return undefined;
}
