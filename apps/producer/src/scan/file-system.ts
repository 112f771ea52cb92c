import { constants, type Dir } from 'node:fs';
import { lstat, open, opendir, realpath, stat } from 'node:fs/promises';
import { sep } from 'node:path';
import type { FileVersion } from './file-key.js';
import type { SkipReason } from './scan-report.js';

const ENTRIES_READ_AT_ONCE = 128;
// Nothing is followed, and nothing waits for the writer of a FIFO.
const FILE_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** The entry changed into something else between two looks at it. */
class ChangedEntryError extends Error {
  constructor(readonly code: 'ELOOP' | 'ENOTREG') {
    super(code);
  }
}

/** Opens a folder whose entries are named in bytes. @throws when the path leads, or has come to lead, through a link. */
export async function openFolder(path: string): Promise<Dir> {
  // The types do not know 'buffer' here; Node does, and not every name is text.
  const dir = await opendir(path, { encoding: 'buffer' as BufferEncoding, bufferSize: ENTRIES_READ_AT_ONCE });
  try {
    if ((await realpath(path)) !== path) throw new ChangedEntryError('ELOOP');
    return dir;
  } catch (error) {
    await dir.close();
    throw error;
  }
}

/** @returns what the unique key is made of, and when the file changed last, its name and permissions included. @throws when it is no regular file (any more) or this process may not read it. */
export async function readVersion(path: string): Promise<FileVersion & { readonly changedMs: number }> {
  const file = await open(path, FILE_FLAGS);
  try {
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile()) throw new ChangedEntryError('ENOTREG');
    return { path, sizeBytes: stats.size, mtimeNs: stats.mtimeNs, changedMs: Number(stats.ctimeMs) };
  } finally {
    await file.close();
  }
}

/** Whether there is a folder, now. A link to one is none. */
export async function isFolder(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}

/** @returns the real path of the folder and what tells it from another one that was put in its place; nothing if there is none. */
export async function identify(folder: string): Promise<{ readonly root: string; readonly id: string } | undefined> {
  try {
    const root = await realpath(folder);
    const { dev, ino, birthtimeNs } = await stat(root, { bigint: true });
    return { root, id: [root, dev, ino, birthtimeNs].join(':') };
  } catch {
    return undefined;
  }
}

/** Both are real paths. */
export function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** What an error of the file system means for the report. */
export function skipReasonOf(error: unknown): { reason: SkipReason; detail: string } {
  const detail = (error as NodeJS.ErrnoException).code ?? String(error);
  return { reason: REASONS[detail] ?? 'unreadable', detail };
}

const REASONS: Readonly<Record<string, SkipReason>> = {
  ENOENT: 'vanished',
  ENOTDIR: 'vanished',
  ELOOP: 'symlink',
  ENOTREG: 'not-a-file',
  ENXIO: 'not-a-file',
};
