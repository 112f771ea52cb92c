import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.js';

/** The apps that can be run in this process. */
export const APPS = ['producer', 'worker', 'admin'] as const;
export type AppName = (typeof APPS)[number];

/** What `--role=all` was asked to do. Paths as they were typed. */
export interface AllOptions {
  readonly config: string | undefined;
  readonly scanDir: string | undefined;
  readonly dataDir: string;
  readonly embeddedRedis: boolean;
  readonly once: boolean;
}

export type Plan =
  | { readonly do: 'version' }
  | { readonly do: 'help' }
  | { readonly do: 'app'; readonly app: AppName; readonly args: readonly string[] }
  | { readonly do: 'all'; readonly options: AllOptions };

const ALL_FLAGS = {
  config: { type: 'string' },
  'scan-dir': { type: 'string' },
  'data-dir': { type: 'string' },
  'embedded-redis': { type: 'boolean' },
  once: { type: 'boolean' },
} as const;

/**
 * What a command line of the one-binary face means. An app gets its arguments as it would be called itself:
 * `--role=admin --admin-cmd=peek --queue=high` is `admin peek --queue=high`, and the app judges its own flags.
 *
 * @throws {UsageError}
 */
export function planOf(argv: readonly string[]): Plan {
  const { role = 'all', adminCommand, rest } = takeRole(argv);
  if (rest.includes('--version')) return { do: 'version' };
  if (role === 'all') return planOfAll(rest, adminCommand);
  if (role === 'admin') return { do: 'app', app: 'admin', args: adminArgs(adminCommand, rest) };
  if (role !== 'producer' && role !== 'worker') throw unknown(`role "${role}"`, role, ['all', ...APPS]);
  refuseAdminCommand(role, adminCommand);
  refuseFlagsOfAll(role, rest);
  return { do: 'app', app: role, args: rest };
}

function takeRole(argv: readonly string[]): { role?: string; adminCommand?: string; rest: string[] } {
  const own = { role: { type: 'string' }, 'admin-cmd': { type: 'string' } } as const;
  const { tokens } = parseArgs({ args: [...argv], options: own, strict: false, tokens: true });
  const taken: Record<string, string> = {};
  const indexes = new Set<number>();
  for (const token of tokens) {
    if (token.kind !== 'option' || !(token.name in own)) continue;
    if (!token.value) throw new UsageError(`${token.rawName} needs a value`);
    taken[token.name] = token.value;
    indexes.add(token.index);
    if (!token.inlineValue) indexes.add(token.index + 1);
  }
  return { role: taken['role'], adminCommand: taken['admin-cmd'], rest: argv.filter((_, i) => !indexes.has(i)) };
}

function planOfAll(args: string[], adminCommand: string | undefined): Plan {
  refuseAdminCommand('all', adminCommand);
  if (args.includes('--help')) return { do: 'help' };
  const values = parseFlagsOfAll(args);
  return {
    do: 'all',
    options: {
      config: values.config,
      scanDir: values['scan-dir'],
      dataDir: values['data-dir'] ?? '.data',
      embeddedRedis: values['embedded-redis'] ?? false,
      once: values.once ?? false,
    },
  };
}

function parseFlagsOfAll(args: string[]) {
  const { tokens } = parseArgs({ args, options: ALL_FLAGS, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') throw new UsageError(`unexpected argument "${token.value}" of --role=all`);
    if (token.kind !== 'option') continue;
    if (!(token.name in ALL_FLAGS)) throw unknown(`flag "${token.rawName}" of --role=all`, token.rawName, flagNames());
    if (token.value === '') throw new UsageError(`${token.rawName} needs a value`);
  }
  try {
    return parseArgs({ args, options: ALL_FLAGS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function adminArgs(command: string | undefined, rest: string[]): string[] {
  const words = command?.split(/\s+/).filter(Boolean) ?? [];
  if (words.length === 0 && rest.every((arg) => arg.startsWith('-')) && !rest.includes('--help')) {
    throw new UsageError('--role=admin needs a command, as in --role=admin --admin-cmd=stats');
  }
  return [...words, ...rest];
}

function refuseAdminCommand(role: string, command: string | undefined): void {
  if (command !== undefined) throw new UsageError(`--admin-cmd=${command} needs --role=admin, found --role=${role}`);
}

/** A worker that is told `--embedded-redis` must not start on localhost instead. */
function refuseFlagsOfAll(role: string, args: readonly string[]): void {
  const wrong = args.find((arg) => flagNames().includes(arg.split('=')[0]!) && !/^--config(=|$)/.test(arg));
  if (wrong !== undefined) throw new UsageError(`${wrong.split('=')[0]} needs --role=all, found --role=${role}`);
}

function flagNames(): string[] {
  return ['--role', '--version', '--help', ...Object.keys(ALL_FLAGS).map((name) => `--${name}`)];
}

function unknown(what: string, found: string, known: readonly string[]): UsageError {
  return new UsageError(`unknown ${what}: expected one of ${known.join(', ')}`, { word: found, candidates: known });
}
