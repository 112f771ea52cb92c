import type { Scope } from '../src/access/scopes.js';

/** A command line, and who may give it. */
export interface CommandRow {
  /** `job show` */
  readonly command: string;
  /** What follows; `$ARCHIVE` and `$PREFIX` are put in by the spec. */
  readonly args: readonly string[];
  readonly scope: Scope | 'none';
  /** Exit codes of it when it may: of a queue with a dead, a ready and a scheduled job and no worker. */
  readonly codes: readonly number[];
  /** It changes something, or would if there were something to change: it is recorded. */
  readonly writes: boolean;
}

const row = (command: string, args: readonly string[], scope: Scope | 'none', codes: readonly number[] = [0]) => ({
  command,
  args,
  scope,
  codes,
  writes: false,
});
const write = (command: string, args: readonly string[], scope: Scope, codes: readonly number[] = [0]) => ({
  ...row(command, args, scope, codes),
  writes: true,
});

/**
 * Who may do what: every command of the CLI, by hand, so that a new command or another scope is a decision. A command
 * whose scope depends on a flag has several rows; so has one with a dry run.
 */
export const COMMAND_TABLE: readonly CommandRow[] = [
  row('stats', [], 'admin:read'),
  row('stats-keys', [], 'admin:read'),
  row('workers', [], 'admin:read'),
  row('doctor', [], 'admin:read', [0, 5]),
  row('audit', [], 'admin:read'),
  row('job show', ['dead-1'], 'admin:read'),
  row('dlq list', [], 'admin:read'),
  row('dlq groups', [], 'admin:read'),
  row('peek', ['--queue=low'], 'admin:peek'),
  row('job show', ['dead-1', '--payload'], 'admin:peek'),
  row('dlq show', ['dead-1'], 'admin:peek'),
  row('dlq export', [], 'admin:peek'),
  row('purge-dlq', ['--dry-run'], 'admin:dlq'),
  write('purge-dlq', ['--yes'], 'admin:dlq'),
  row('dlq requeue', ['--dry-run'], 'admin:dlq'),
  write('dlq requeue', ['--yes'], 'admin:dlq'),
  row('dlq import', ['$ARCHIVE', '--dry-run'], 'admin:dlq'),
  write('dlq import', ['$ARCHIVE'], 'admin:dlq'),
  write('queue pause', ['low', '--reason=test'], 'admin:queue'),
  write('queue resume', ['low'], 'admin:queue'),
  row('queue purge', ['low', '--dry-run'], 'admin:queue'),
  write('queue purge', ['low', '--yes'], 'admin:queue'),
  write('job cancel', ['ready-1'], 'admin:queue'),
  row('bench', ['--count=10', '--timeout=5s'], 'admin:bench', [5]), // no worker: it refuses before it begins
  row('doctor', ['--fix', '--dry-run'], 'admin:repair', [0, 5]),
  write('doctor', ['--fix', '--yes'], 'admin:repair', [0, 5]),
  row('purge-all', ['--dev', '--dry-run'], 'admin:purge'),
  write('purge-all', ['--dev', '--yes', '--prefix-check=$PREFIX'], 'admin:purge'),
  row('serve', [], 'none'),
  row('config validate', [], 'none'),
  row('config print', [], 'none'),
  row('config schema', [], 'none'),
  row('config env', [], 'none'),
  row('completion bash', [], 'none'),
  row('completion zsh', [], 'none'),
  row('token keygen', [], 'none'),
  row('token issue', [], 'none'),
];
