import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOTS = ['/', fileURLToPath(new URL('../.cache/faketime', import.meta.url))];

/** Where Debian's package libfaketime puts it, installed or unpacked into `.cache/faketime`. */
function findLibrary(): string | undefined {
  const folders = ROOTS.map((root) => join(root, 'usr/lib')).filter((folder) => existsSync(folder));
  const candidates = folders.flatMap((folder) =>
    readdirSync(folder).map((name) => join(folder, name, 'faketime/libfaketime.so.1')),
  );
  return candidates.find((path) => existsSync(path));
}

/** Variables that shift the wall clock of a process; undefined where libfaketime is missing. The ledger's clock stays. */
export function clockShiftedBy(minutes: number): NodeJS.ProcessEnv | undefined {
  const library = findLibrary();
  if (library === undefined) return undefined;
  const shift = `${minutes < 0 ? '' : '+'}${minutes * 60}s`;
  return {
    LD_PRELOAD: library,
    FAKETIME: shift,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  };
}
