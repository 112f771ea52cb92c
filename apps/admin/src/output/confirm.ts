import { createInterface } from 'node:readline/promises';
import { CommandEndError } from './end-errors.js';
import { escapeText } from './escape.js';

/** How an operator consents to something that cannot be taken back. */
export interface Consent {
  /** Given on the command line. */
  readonly yes?: boolean;
  /** What must be typed; default: y or yes. */
  readonly typed?: string;
}

/** Where a question is asked. */
export interface Asker {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/**
 * Asks on a terminal, where no answer means no. The question goes to stderr, so that a result can be piped on.
 *
 * @throws {CommandEndError} 4: not confirmed, or nobody to ask; 130: interrupted.
 */
export async function confirm(
  question: string,
  { yes = false, typed }: Consent,
  { input, output }: Asker = { input: process.stdin, output: process.stderr },
): Promise<void> {
  if (yes) return;
  if (!canAsk({ input, output })) throw new CommandEndError(4, `${question}: not confirmed, and no terminal to ask`);
  const hint = typed === undefined ? '[y/N]' : `Type "${escapeText(typed)}" to go on:`;
  const answer = await ask(`${escapeText(question)}? ${hint} `, { input, output });
  const isMeant = typed === undefined ? /^y(es)?$/i.test(answer) : answer === typed;
  if (!isMeant) throw new CommandEndError(4, 'not confirmed, nothing was changed');
}

/** Whether somebody sits at a terminal who can be asked. */
export function canAsk({ input, output }: Asker = { input: process.stdin, output: process.stderr }): boolean {
  return input.isTTY === true && output.isTTY === true;
}

async function ask(text: string, { input, output }: Asker): Promise<string> {
  const lines = createInterface({ input, output });
  const ended = new Promise<string>((resolve, reject) => {
    lines.once('SIGINT', () => reject(new CommandEndError(130, 'interrupted, nothing was changed')));
    lines.once('close', () => resolve(''));
  });
  try {
    return (await Promise.race([lines.question(text), ended])).trim();
  } finally {
    lines.close();
  }
}
