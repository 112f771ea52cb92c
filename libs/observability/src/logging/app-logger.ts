import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';
import type { LogLevel } from '../observability.options.js';
import { logError, MESSAGE_LIMIT_BYTES, toLogError, type LogError } from './log-error.js';
import { pickLogFields, type LogFields } from './log-fields.js';
import { cutBytes, redactSecrets } from './log-text.js';
import { createPino, type LoggerOptions } from './pino-logger.js';

/** What Nest says while it starts: of interest only when something is looked for. */
const FRAMEWORK = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);
/** Nest's report of an error that it also throws: whoever catches that reports it. */
const RETHROWN = 'ExceptionHandler';
const STACK = /\n\s+at /;

/**
 * The logger of an app, for Nest (`new Logger(MyService.name)`) and for this library. Every line has the same fields;
 * Nest's context stands in front of the message. Of objects given to it, only log fields, `msg` and errors are taken.
 */
export class AppLogger implements LoggerService {
  private readonly pino: Logger;

  constructor(options: LoggerOptions) {
    this.pino = createPino(options);
  }

  /** Whether a line of this level would be written; ask before building one in a hot path. */
  isEnabled(level: LogLevel): boolean {
    return this.pino.isLevelEnabled(level);
  }

  /** Writes one line. */
  write(level: LogLevel, msg: string, fields: LogFields = {}): void {
    if (this.isEnabled(level)) this.pino[level](fields, cutBytes(redactSecrets(msg), MESSAGE_LIMIT_BYTES));
  }

  log(message: unknown, ...more: unknown[]): void {
    this.fromNest(FRAMEWORK.has(String(more.at(-1))) ? 'debug' : 'info', message, more);
  }

  fatal(message: unknown, ...more: unknown[]): void {
    this.fromNest('fatal', message, more);
  }

  error(message: unknown, ...more: unknown[]): void {
    this.fromNest(more.at(-1) === RETHROWN ? 'debug' : 'error', message, more);
  }

  warn(message: unknown, ...more: unknown[]): void {
    this.fromNest('warn', message, more);
  }

  debug(message: unknown, ...more: unknown[]): void {
    this.fromNest('debug', message, more);
  }

  verbose(message: unknown, ...more: unknown[]): void {
    this.fromNest('trace', message, more);
  }

  private fromNest(level: LogLevel, message: unknown, more: readonly unknown[]): void {
    if (!this.isEnabled(level)) return;
    const last = more.at(-1);
    const context = typeof last === 'string' && !STACK.test(last) ? last : '';
    const text = messageText(message);
    const err = findError(text, [message, ...more]);
    const fields = Object.assign({}, ...[message, ...more].map(fieldsOf)) as LogFields;
    this.write(level, context ? `${context}: ${text}` : text, { ...fields, ...(err && { err }) });
  }
}

function messageText(message: unknown): string {
  if (typeof message === 'string') return message;
  if (message instanceof Error) return message.message || message.name;
  if (typeof message !== 'object' || message === null) return String(message);
  const { msg, message: text } = message as { msg?: unknown; message?: unknown };
  const said = msg ?? text;
  return typeof said === 'string' ? said : JSON.stringify(said ?? '');
}

function findError(text: string, given: readonly unknown[]): LogError | undefined {
  const thrown = given.map((one) => (hasErr(one) ? one.err : one)).find((one) => one instanceof Error);
  if (thrown) return toLogError(thrown);
  const stack = given.slice(1).find((one) => typeof one === 'string' && STACK.test(one)) as string | undefined;
  return stack === undefined ? undefined : logError(/^\w*(?=:)/.exec(stack)?.[0] || 'Error', text, stack);
}

function hasErr(one: unknown): one is { err: unknown } {
  return typeof one === 'object' && one !== null && 'err' in one;
}

function fieldsOf(given: unknown): LogFields {
  return typeof given === 'object' && given !== null && !(given instanceof Error)
    ? pickLogFields(given as Record<string, unknown>)
    : {};
}
