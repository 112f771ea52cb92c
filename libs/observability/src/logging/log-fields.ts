import type { LogError } from './log-error.js';

/** What a log line may say besides `level ts msg app version`. There are no other fields (docs/metrics.md). */
export interface LogFields {
  readonly job_id?: string;
  readonly kind?: string;
  readonly queue?: string;
  readonly worker_id?: string;
  readonly attempt?: number;
  readonly trace_id?: string;
  readonly span_id?: string;
  readonly duration_ms?: number;
  readonly err?: LogError;
}

const NAMES = [
  'job_id',
  'kind',
  'queue',
  'worker_id',
  'attempt',
  'trace_id',
  'span_id',
  'duration_ms',
] as const satisfies (keyof LogFields)[];

/** Those of an object's properties that are fields of a log line; text is limited by the line it goes to. */
export function pickLogFields(from: Readonly<Record<string, unknown>>): LogFields {
  const known = NAMES.filter((name) => typeof from[name] === 'string' || typeof from[name] === 'number');
  return Object.fromEntries(known.map((name) => [name, from[name]]));
}
