import { escapeText } from './escape.js';
import { exitCodeOf, isCommanderError } from './exit-code.js';
import { terminalOf } from './render.js';

/** Ends a command: the message on stderr, the code for the shell. stdout may still be flushing, so nothing exits here. */
export function reportError(error: unknown): void {
  process.exitCode = exitCodeOf(error);
  if (!isCommanderError(error)) writeError(error instanceof Error ? error.message || error.name : String(error));
}

/** Says on stderr what went wrong; several lines when several things did. */
export function writeError(message: string): void {
  write(terminalOf(process.stderr).paint.red('error:'), message);
}

/** Says on stderr what an operator should know although the command goes on. */
export function writeNote(message: string): void {
  write(terminalOf(process.stderr).paint.yellow('note:'), message);
}

function write(word: string, message: string): void {
  const lines = message.trimEnd().split('\n').map(escapeText);
  process.stderr.write(`${word} ${lines.join('\n')}\n`);
}
