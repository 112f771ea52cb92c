// Where things are in this checkout, and what a build is made from. Plain Node: used before anything is installed.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('..', import.meta.url));
export const setupLock = join(projectRoot, '.cache/setup.lock');
export const buildStamp = join(projectRoot, 'dist/.build-stamp');

const BUILD_FOLDERS = ['apps', 'libs', 'faults', 'scripts'];
const BUILD_FILES = [
  'package.json',
  'package-lock.json',
  'rolldown.config.mjs',
  'tsconfig.json',
  'tsconfig.build.json',
  '.git/HEAD',
  '.git/logs/HEAD',
];

/** A hash of everything a build depends on; the commit too, since the build carries its name. */
export function hashOfBuildInputs() {
  const hash = createHash('sha256').update(process.env.BUILD_REVISION ?? '');
  for (const path of [...BUILD_FOLDERS.flatMap(sourcesBelow), ...BUILD_FILES]) {
    const file = join(projectRoot, path);
    hash.update(`\0${path}\0`).update(existsSync(file) ? readFileSync(file) : '');
  }
  return hash.digest('hex');
}

/** True when `dist` was built from exactly these sources. */
export function isBuilt() {
  return existsSync(buildStamp) && readFileSync(buildStamp, 'utf8') === hashOfBuildInputs();
}

function sourcesBelow(folder) {
  const root = join(projectRoot, folder);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!spec)\.(ts|mjs|lua)$/.test(entry.name))
    .map((entry) => relative(projectRoot, join(entry.parentPath, entry.name)))
    .sort();
}
