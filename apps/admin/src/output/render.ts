import pc from 'picocolors';
import { escapeJson } from './escape.js';

/** Where a result is shown: how wide, and whether in colour. Views write for one and never ask the process. */
export interface Terminal {
  /** Columns; Infinity when nobody looks (a pipe, a file). */
  readonly width: number;
  readonly paint: ReturnType<typeof pc.createColors>;
}

/** The terminal behind a stream: colour on a TTY only, and never against NO_COLOR (no-color.org). */
export function terminalOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Terminal {
  const colour = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  return { width: stream.isTTY ? stream.columns : Infinity, paint: pc.createColors(colour) };
}

/** Version of every `--json` document. A field that goes or changes its meaning raises it; a new field does not. */
const DOCUMENT_VERSION = 1;

/** Writes the result of a command to stdout: as text for people, or as one JSON document for programs. */
export function render(document: object, view: (terminal: Terminal) => string, { json }: { json?: boolean }): void {
  process.stdout.write(`${json ? toJson(document) : view(terminalOf(process.stdout))}\n`);
}

/** The same as one document a line, for what goes on and on. */
export function renderLine(document: object): void {
  process.stdout.write(`${toJson(document, 0)}\n`);
}

function toJson(document: object, indent = 2): string {
  return escapeJson(JSON.stringify({ version: DOCUMENT_VERSION, ...document }, null, indent));
}
