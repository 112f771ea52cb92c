import { readText } from './key-files.js';

const MAX_BYTES = 16 * 1024;

/**
 * The token of who runs the command: `--token-file`, `$ADMIN_TOKEN_FILE`, `$ADMIN_TOKEN`, the first that is given. There is
 * no flag that takes a token itself: every user of the machine sees the arguments of a process.
 *
 * @returns undefined: none is given.
 * @throws {UsageError} the file cannot be read.
 */
export function findToken(tokenFile: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  if (tokenFile !== undefined) return readText(tokenFile, '--token-file', MAX_BYTES).trim();
  if (env.ADMIN_TOKEN_FILE) return readText(env.ADMIN_TOKEN_FILE, 'ADMIN_TOKEN_FILE', MAX_BYTES).trim();
  return env.ADMIN_TOKEN?.trim() || undefined;
}
