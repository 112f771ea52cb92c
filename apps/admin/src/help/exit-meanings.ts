import { ExitCode } from '../output/exit-code.js';

/** What each exit code tells a script: in the help of every command and in docs/cli.md. */
export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  [ExitCode.Done]: 'done',
  [ExitCode.Failed]: 'failed',
  [ExitCode.Usage]: 'wrong usage or configuration',
  [ExitCode.RedisUnreachable]: 'Redis unreachable',
  [ExitCode.Refused]: 'refused (not confirmed, not allowed)',
  [ExitCode.CheckFailed]: 'a check failed',
  [ExitCode.Interrupted]: 'interrupted',
};

/** `0 done, 2 wrong usage or configuration` */
export function exitLine(codes: readonly ExitCode[]): string {
  return codes.map((code) => `${code} ${EXIT_MEANINGS[code]}`).join(', ');
}
