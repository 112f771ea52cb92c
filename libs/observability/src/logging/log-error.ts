import { cutBytes, redactSecrets } from './log-text.js';

/** Longest message of a line and of an error, bytes. */
export const MESSAGE_LIMIT_BYTES = 4_096;
const STACK_LIMIT_BYTES = 8_192;
const DEEPEST_CAUSE = 3;
const SAFE_CODE = /^[\w-]{1,64}$/;

/** The field `err` of a log line. */
export interface LogError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  /** `ECONNREFUSED`, `partition-mismatch` … */
  readonly code?: string;
  readonly cause?: LogError;
}

/**
 * What is logged of anything thrown: class, code, message, stack, causes, and no other property. Redis clients hang the
 * arguments of the failed command (payloads, passwords) on their errors.
 */
export function toLogError(thrown: unknown, depth = 0): LogError {
  if (!(thrown instanceof Error))
    return logError(`thrown ${thrown === null ? 'null' : typeof thrown}`, primitiveText(thrown));
  const { code, cause } = thrown as Error & { code?: unknown };
  return {
    ...logError(thrown.name || 'Error', thrown.message, thrown.stack),
    ...(typeof code === 'string' && SAFE_CODE.test(code) && { code }),
    ...(cause !== undefined && depth < DEEPEST_CAUSE && { cause: toLogError(cause, depth + 1) }),
  };
}

/** The same, from parts; limits and redaction are applied here. */
export function logError(type: string, message: string, stack?: string): LogError {
  return {
    type: cutBytes(type, 200),
    message: cutBytes(redactSecrets(message), MESSAGE_LIMIT_BYTES),
    ...(stack && { stack: cutBytes(redactSecrets(stack), STACK_LIMIT_BYTES) }),
  };
}

function primitiveText(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  return typeof thrown === 'object' && thrown !== null ? '(an object, not shown)' : String(thrown);
}
