import { parseGoDuration } from '@app/config';
import type { NewJob } from '@app/queue';
import { invalid } from './problem.js';

type Fields = Record<string, unknown>;

/** What a job may have. */
export const JOB_FIELDS = [
  'kind',
  'queue',
  'payload',
  'id',
  'uniqueKey',
  'runAt',
  'delay',
  'maxRetries',
  'timeout',
] as const;
const KNOWN: ReadonlySet<string> = new Set(JOB_FIELDS);
/** RFC 3339 with an offset; `T` and `Z` in upper case. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Reads one job as clients write it. Types, times and unknown fields are checked here, lengths and ranges by the queue.
 *
 * @throws {Problem} 400, for the first field that is wrong.
 */
export function readJobRequest(value: unknown): NewJob {
  const fields = objectOf(value);
  for (const name in fields) {
    if (!KNOWN.has(name))
      throw invalid(name, fields[name], `one of the fields ${JOB_FIELDS.join(', ')}`, `leave out ${name}`);
  }
  if (!('payload' in fields)) throw invalid('payload', undefined, 'any JSON value', 'give a payload; null is one');
  if (fields['delay'] !== undefined && fields['runAt'] !== undefined)
    throw invalid('delay', fields['delay'], 'no delay beside runAt', 'give one of the two');
  return {
    kind: textOf(fields, 'kind') ?? missing('kind', 'the kind of the job, such as file.digest'),
    payload: fields['payload'],
    queue: textOf(fields, 'queue'),
    id: textOf(fields, 'id'),
    uniqueKey: textOf(fields, 'uniqueKey'),
    runAtMs: timeOf(fields, 'runAt'),
    delayMs: durationOf(fields, 'delay'),
    maxRetries: numberOf(fields, 'maxRetries'),
    timeoutMs: durationOf(fields, 'timeout'),
  };
}

/** A JSON object, or a 400. */
export function objectOf(value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid('body', value, 'a JSON object with kind and payload');
}

/** A text that Redis can hold unchanged, nothing when the field is not there, or a 400. */
export function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || LONE_SURROGATE.test(value))
    throw invalid(name, value, 'text in well-formed Unicode');
  return value;
}

function numberOf(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (value !== undefined && typeof value !== 'number') throw invalid(name, value, 'a whole number');
  return value;
}

function durationOf(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  const ms = typeof value === 'string' ? parseGoDuration(value) : undefined;
  if (ms === undefined || ms < 0) throw invalid(name, value, 'a duration such as 500ms, 30s or 1m30s');
  return Math.ceil(ms);
}

function timeOf(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  const ms = typeof value === 'string' && TIME.test(value) ? Date.parse(value) : Number.NaN;
  if (!(ms >= 0)) throw invalid(name, value, 'a time since 1970 with an offset, such as 2027-01-31T08:00:00Z');
  return ms;
}

function missing(name: string, expected: string): never {
  throw invalid(name, undefined, expected, `give ${name}`);
}
