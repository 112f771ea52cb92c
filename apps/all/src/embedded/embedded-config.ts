import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Document, isMap, parseDocument } from 'yaml';

/** The settings that say where Redis is; the others of the section (timeouts, pool) stay as they were given. */
const CONNECTION = ['mode', 'url', 'addr', 'username', 'password', 'db', 'tls', 'sentinel', 'cluster'];

/** How to reach the embedded server. */
export interface Connection {
  readonly addr: string;
  readonly password: string;
}

/**
 * The text of a configuration file that is the given one but for the connection and the folder to scan. The caller has
 * checked the given one.
 */
export function mergeConfig(given: string, connection: Connection, scanDir: string | undefined): string {
  const parsed = parseDocument(given);
  const document: Document = isMap(parsed.contents) ? parsed : new Document({});
  if (isMap(document.get('redis'))) for (const key of CONNECTION) document.deleteIn(['redis', key]);
  else document.set('redis', document.createNode({}));
  document.setIn(['redis', 'addr'], connection.addr);
  document.setIn(['redis', 'password'], connection.password);
  if (scanDir !== undefined) {
    if (!isMap(document.get('producer'))) document.set('producer', document.createNode({}));
    document.setIn(['producer', 'scan_dir'], scanDir);
  }
  return document.toString();
}

/** Written beside and renamed, so that no reader sees half of it; only its owner may read the password. */
export function writeConfig(file: string, text: string): void {
  const own = `${file}.${process.pid}`;
  const note = '# Written by --embedded-redis at each start: changes made here are lost.\n';
  writeFileSync(own, note + text, { mode: 0o600 });
  renameSync(own, file);
}

export function readGiven(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/**
 * The environment without what would lead to another Redis: a variable is stronger than the file.
 *
 * @returns the names that were left out, too.
 */
export function withoutRedisSettings(env: NodeJS.ProcessEnv): { env: NodeJS.ProcessEnv; dropped: string[] } {
  const dropped = Object.keys(env).filter((name) => /^REDIS_(?!SERVER_BIN$)/.test(name));
  return { env: Object.fromEntries(Object.entries(env).filter(([name]) => !dropped.includes(name))), dropped };
}
