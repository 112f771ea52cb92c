import { createHash } from 'node:crypto';

const MESSAGE_LIMIT = 4_096;
const STACK_LIMIT = 8_192;

/** What is kept of an error: stored once a fingerprint, not once a job. */
export interface FailureFacts {
  readonly fingerprint: string;
  readonly errorClass: string;
  readonly message: string;
  readonly stack: string;
}

/** Describes anything a handler may throw or reject with, `undefined` included. The message is never empty. */
export function describeFailure(thrown: unknown): FailureFacts {
  const errorClass =
    thrown instanceof Error ? thrown.name || 'Error' : `thrown ${thrown === null ? 'null' : typeof thrown}`;
  const message = cut(messageOf(thrown), MESSAGE_LIMIT) || '(no message)';
  const stack = cut(thrown instanceof Error ? (thrown.stack ?? '') : '', STACK_LIMIT);
  return { fingerprint: fingerprintOf(errorClass, message, stack), errorClass, message, stack };
}

/** The first 200 characters of class and message, on one line. */
export function summarise({ errorClass, message }: FailureFacts): string {
  return cut(`${errorClass}: ${message}`.replaceAll(/\s+/g, ' '), 200);
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  if (typeof thrown === 'string') return thrown;
  try {
    return JSON.stringify(thrown) ?? String(thrown);
  } catch {
    return Object.prototype.toString.call(thrown);
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
