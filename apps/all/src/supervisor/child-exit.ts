import { constants } from 'node:os';

/** How a process ended: by itself with a code, or by a signal. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The exit code a shell would show: 128 + number for a signal. */
export function exitCodeOf({ code, signal }: ChildExit): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** For a person: `exit code 1`, `SIGKILL`. */
export function describeExit({ code, signal }: ChildExit): string {
  return signal ?? `exit code ${code}`;
}

/** One that a signal ended which we had sent ended as asked: it had not got as far as to listen for it. */
export function failureOf(exit: ChildExit, sent: NodeJS.Signals): number {
  return exit.signal === sent ? 0 : exitCodeOf(exit);
}
