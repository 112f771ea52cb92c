import type { DestinationStream } from 'pino';
import colors from 'picocolors';
import type { LogError } from './log-error.js';
import { escapeControls } from './log-text.js';

const LEVEL_COLOURS: Readonly<Record<string, (text: string) => string>> = {
  trace: colors.gray,
  debug: colors.gray,
  info: colors.green,
  warn: colors.yellow,
  error: colors.red,
  fatal: colors.red,
};

interface Line {
  readonly level: string;
  readonly ts: string;
  readonly msg?: string;
  readonly err?: LogError;
  readonly [field: string]: unknown;
}

/** Turns JSON log lines into text for a terminal. */
export class PrettyStream implements DestinationStream {
  constructor(private readonly out: { write(text: string): unknown }) {}

  write(json: string): void {
    this.out.write(prettyLine(JSON.parse(json) as Line));
  }
}

/** `12:30:01.123 WARN message  queue=low attempt=2`, and the stack below. Colours only where picocolors sees a terminal. */
function prettyLine({ level, ts, msg = '', err, app: _app, version: _version, ...fields }: Line): string {
  const colour = LEVEL_COLOURS[level] ?? String;
  const time = colors.dim(ts.slice(11, 23));
  const rest = Object.entries(fields).map(([name, value]) => colors.dim(`${name}=${escapeControls(String(value))}`));
  const head = [time, colour(level.toUpperCase().padEnd(5)), escapeControls(msg), ...rest].join(' ');
  return `${[head, ...errorLines(err, msg)].join('\n')}\n`;
}

function errorLines(err: LogError | undefined, msg: string): string[] {
  if (!err) return [];
  const text = err.stack ?? (msg.includes(err.message) ? '' : `${err.type}: ${err.message}`);
  const own = text ? text.split('\n').map((line) => `    ${escapeControls(line.trim())}`) : [];
  return err.cause ? [...own, '    caused by:', ...errorLines(err.cause, '')] : own;
}
