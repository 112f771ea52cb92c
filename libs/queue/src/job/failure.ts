import { createHash } from 'node:crypto';

const MESSAGE_LIMIT = 4_096;
const STACK_LIMIT = 8_192;
/** Causes of causes that are named. */
const MOST_CAUSES = 3;

/** What is kept of an error: stored once a fingerprint, not once a job. */
export interface FailureFacts {
  readonly fingerprint: string;
  readonly errorClass: string;
  readonly message: string;
  readonly stack: string;
}

/** The failure described last: when something is down, hundreds of jobs fail alike, and a fingerprint is dear. */
let last: FailureFacts | undefined;

/**
 * Describes anything a handler may throw or reject with, `undefined` and objects that throw when they are looked at included.
 * The message is never empty; the causes of an error are part of it. Never throws.
 */
export function describeFailure(thrown: unknown): FailureFacts {
  const isError = attempt(() => thrown instanceof Error, false);
  const error = isError ? (thrown as Error) : undefined;
  const errorClass = error ? textOf(() => error.name) || 'Error' : `thrown ${thrown === null ? 'null' : typeof thrown}`;
  const message = cut(error ? messageOf(error) : valueText(thrown), MESSAGE_LIMIT) || '(no message)';
  const stack = cut(error ? textOf(() => error.stack) : '', STACK_LIMIT);
  if (last && last.message === message && last.stack === stack && last.errorClass === errorClass) return last;
  last = { fingerprint: fingerprintOf(errorClass, message, stack), errorClass, message, stack };
  return last;
}

/** The first 200 characters of class and message, on one line. */
export function summarise({ errorClass, message }: FailureFacts): string {
  return cut(`${errorClass}: ${message}`.replaceAll(/\s+/g, ' '), 200);
}

/** The message, or its code when there is none, and what caused it: "fetch failed (connect ECONNREFUSED …)". */
function messageOf(error: Error, depth = 0): string {
  const own = textOf(() => error.message) || textOf(() => (error as { code?: unknown }).code);
  const cause = attempt<unknown>(() => error.cause, undefined);
  if (depth === MOST_CAUSES || !attempt(() => cause instanceof Error, false)) return own;
  const because = messageOf(cause as Error, depth + 1);
  return !because || own.includes(because) ? own : `${own} (${because})`.trim();
}

function valueText(thrown: unknown): string {
  if (thrown === undefined || thrown === null) return `the handler threw ${thrown} in place of an error`;
  if (typeof thrown === 'string') return thrown;
  const json = attempt(() => JSON.stringify(thrown), undefined);
  const show = () => (typeof thrown === 'object' ? Object.prototype.toString.call(thrown) : String(thrown as symbol));
  return json ?? attempt(show, 'a value that cannot be shown');
}

/** Fields of an error may hold anything, and may throw when they are read. */
function textOf(read: () => unknown): string {
  return attempt(() => {
    const value = read();
    return value === undefined || value === null ? '' : `${value as string}`;
  }, '');
}

function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Same class, same message but for numbers and quoted or hexadecimal parts, same top frame: the same failure. */
function fingerprintOf(errorClass: string, message: string, stack: string): string {
  const normalised = message.replaceAll(/"[^"]*"|'[^']*'|`[^`]*`/g, '"…"').replaceAll(/\b[0-9a-f-]{8,}\b|\d+/gi, 'N');
  const topFrame = /^\s+at .*$/m.exec(stack)?.[0].trim() ?? '';
  return createHash('sha1').update(`${errorClass}\n${normalised}\n${topFrame}`).digest('hex').slice(0, 12);
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}
