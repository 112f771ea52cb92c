import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A text of the built program, and what stands there in the other build. */
export type BuildChange = readonly [before: string, after: string];

/**
 * Copies a folder of dist/ and changes texts in its programs: another release, for specs of two that live side by side.
 *
 * @returns the copy, inside the project, where it finds its packages.
 * @throws {Error} a text to change is not there any more.
 */
export function changedBuild(folder: 'apps' | 'faults', name: string, changes: readonly BuildChange[]): string {
  const copy = join(root, '.cache/builds', name);
  rmSync(copy, { recursive: true, force: true });
  cpSync(join(root, 'dist', folder), copy, { recursive: true });
  const files = readdirSync(copy, { recursive: true, encoding: 'utf8' }).filter((file) => /\.c?js$/.test(file));
  for (const [before, after] of changes) {
    const changed = files.filter((file) => replaceIn(join(copy, file), before, after));
    if (changed.length === 0) throw new Error(`no program of dist/${folder} contains ${before}`);
  }
  return copy;
}

function replaceIn(file: string, before: string, after: string): boolean {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(before)) return false;
  writeFileSync(file, text.replaceAll(before, after));
  return true;
}
