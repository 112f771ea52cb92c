import { parseGoDuration } from '@app/config';
import type { DeadFilter } from '@app/queue';
import type { CommandRunner } from 'nest-commander';
import { ExitCode } from '../output/exit-code.js';
import { parseWhole } from './arguments.js';
import { UsageError } from './usage.error.js';

type CommanderCommand = Parameters<CommandRunner['setCommand']>[0];

/** Flags of whatever cannot be taken back. */
export interface GuardOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly reason?: string;
}

/** Flags that say which dead jobs are meant: the same in every command that selects some. */
export interface FilterOptions {
  readonly kind?: string;
  readonly error?: string;
  readonly queue?: string;
  /** ms */
  readonly olderThan?: number;
  readonly limit?: number;
}

/** How a command that changes many jobs may end. */
export const BULK_EXIT_CODES = [
  ExitCode.Done,
  ExitCode.Failed,
  ExitCode.Usage,
  ExitCode.RedisUnreachable,
  ExitCode.Refused,
  ExitCode.Interrupted,
] as const;

const MOST_JOBS = 1_000_000_000;

/** Adds `--dry-run`, `--yes` and `--reason`. */
export function addGuardOptions(command: CommanderCommand): void {
  command
    .option('--dry-run', 'show what would be done, how often and to what; change nothing')
    .option('--yes', 'do not ask (needed where no terminal is)')
    .option('--reason <text>', 'why: goes to the audit trail');
}

/** Adds the flags that select dead jobs. */
export function addFilterOptions(command: CommanderCommand): void {
  command
    .option('--kind <kind>', 'only jobs of this kind', (text: string) => notEmpty('--kind', text))
    .option('--error <text>', 'only jobs of this group, reason, or whose last failure has this text', (text: string) =>
      notEmpty('--error', text),
    )
    .option('--queue <name>', 'only jobs that came from this queue', (text: string) => notEmpty('--queue', text))
    .option('--older-than <duration>', 'only jobs dead for at least so long: 90s, 24h', (text: string) =>
      parseDuration('--older-than', text),
    )
    .option('--limit <count>', 'at most so many, those that died first', (text: string) =>
      parseWhole('--limit', text, 1, MOST_JOBS),
    );
}

/** What these flags mean. */
export function filterOf({ kind, error, queue, olderThan, limit }: FilterOptions): DeadFilter {
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(error === undefined ? {} : { error }),
    ...(queue === undefined ? {} : { queue }),
    ...(olderThan === undefined ? {} : { olderThanMs: olderThan }),
    ...(limit === undefined ? {} : { limit }),
  };
}

/** A variable of a shell script that was never set must not select every job. */
function notEmpty(flag: string, text: string): string {
  if (text.trim() !== '') return text;
  throw new UsageError(`${flag}: found nothing, expected a text; leave the flag out to mean all`);
}

/** A length of time above 0, in Go syntax; ms. */
export function parseDuration(flag: string, text: string): number {
  const ms = parseGoDuration(text);
  if (ms !== undefined && ms >= 1) return Math.round(ms);
  throw new UsageError(`${flag}: found "${text}", expected a duration such as 30s, 10m or 24h`);
}

/** Jobs a second: `500/s`, `30/m`, `500`. */
export function parseRate(flag: string, text: string): number {
  const [, count, unit = 's'] = /^(\d{1,9}(?:\.\d+)?)(?:\/([smh]))?$/.exec(text) ?? [];
  const perSecond = Number(count) / { s: 1, m: 60, h: 3_600 }[unit as 's' | 'm' | 'h'];
  if (perSecond > 0) return perSecond;
  throw new UsageError(`${flag}: found "${text}", expected a rate such as 500/s or 30/m`);
}
