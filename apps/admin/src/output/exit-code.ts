import { ConfigError } from '@app/config';
import { QueueError, type QueueErrorCode } from '@app/queue';
import { UsageError } from '../commands/usage.error.js';
import { RedisUnreachableError } from '../redis-unreachable.error.js';
import { CommandEndError } from './end-errors.js';

/** What a command tells the shell. Scripts rely on it (docs/cli.md). */
export const ExitCode = {
  Done: 0,
  Failed: 1,
  /** Wrong usage or configuration; nothing was tried. */
  Usage: 2,
  RedisUnreachable: 3,
  /** Not confirmed, or not allowed. */
  Refused: 4,
  CheckFailed: 5,
  Interrupted: 130,
} as const;

/** One of the codes. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const USAGE_CODES: ReadonlySet<QueueErrorCode> = new Set(['invalid-options', 'partition-mismatch']);

/** The code for whatever ended a command. commander ends help and version with an "error" whose own code is 0. */
export function exitCodeOf(error: unknown): ExitCode {
  if (isCommanderError(error)) return error.exitCode === 0 ? ExitCode.Done : ExitCode.Usage;
  if (error instanceof UsageError || error instanceof ConfigError) return ExitCode.Usage;
  if (error instanceof QueueError && USAGE_CODES.has(error.code)) return ExitCode.Usage;
  if (error instanceof RedisUnreachableError) return ExitCode.RedisUnreachable;
  if (error instanceof CommandEndError) return error.exitCode;
  return ExitCode.Failed;
}

/** Whether commander ended the command, and so has written its message already. */
export function isCommanderError(
  error: unknown,
): error is Error & { readonly code: string; readonly exitCode: number } {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('commander.');
}
