import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));

/** What another record version changes in a build: the script that stores it, and the newest one that is read. */
const CHANGES = [
  ["local start = '1 '", "local start = '2 '"],
  ['header.version > 1', 'header.version > 2'],
] as const;

/**
 * Makes the workload of a build that does not exist yet: the one in dist/, but it writes records of version 2 and reads both.
 *
 * @returns its folder, inside the project, where it finds its packages.
 * @throws {Error} a text to change is not there any more.
 */
export function makeNextBuild(): string {
  const folder = join(root, '.cache/next-build');
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(root, 'dist/faults'), folder, { recursive: true });
  for (const [before, after] of CHANGES) {
    const files = readdirSync(folder).filter((file) => file.endsWith('.js'));
    const changed = files.filter((file) => replaceIn(join(folder, file), before, after));
    if (changed.length === 0) throw new Error(`no file of ${folder} contains ${before}`);
  }
  return folder;
}

function replaceIn(file: string, before: string, after: string): boolean {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(before)) return false;
  writeFileSync(file, text.replaceAll(before, after));
  return true;
}
