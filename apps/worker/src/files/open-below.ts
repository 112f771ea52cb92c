import { UnrecoverableJobError } from '@app/queue';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';

// No link as the last part, no waiting for the writer of a FIFO, no terminal taken over.
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** What these errors say is final: a later attempt would find the same. */
const FINAL: Readonly<Record<string, string>> = {
  ENOENT: 'is gone',
  ENOTDIR: 'is gone',
  ELOOP: 'is a symbolic link',
  ENXIO: 'is not a regular file',
  ENAMETOOLONG: 'has a name that is too long',
};

/**
 * Opens a regular file for reading whose real path lies below one of the roots. The real path is checked after opening,
 * so that nothing can be swapped in between.
 *
 * @param roots - folders, links allowed; looked up at each call, since a mount may come later than the worker.
 * @throws {UnrecoverableJobError} outside the roots, gone, or no regular file. Any other error may be over at the next
 *   attempt, a missing root too.
 */
export async function openBelow(roots: readonly string[], path: string): Promise<FileHandle> {
  const realRoots = await rootsFor(resolve(path), roots);
  const file = await open(path, FLAGS).catch((error: unknown) => explain(path, error));
  try {
    const realPath = await realPathOf(file, path);
    if (!realRoots.some((root) => isBelow(realPath, root))) throw outside(path);
    if (!(await file.stat()).isFile()) throw new UnrecoverableJobError(`file "${path}" is not a regular file`);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The real paths of the roots. A path that is not even written as one below them is refused before anything is opened. */
async function rootsFor(path: string, roots: readonly string[]): Promise<string[]> {
  const known = await Promise.all(roots.map((root) => realRoot(path, resolve(root))));
  const isInside = known.some(({ given, real }) => isBelow(path, given) || (real !== undefined && isBelow(path, real)));
  if (!isInside) throw outside(path);
  return known.flatMap(({ real }) => real ?? []);
}

async function realRoot(path: string, given: string): Promise<{ given: string; real: string | undefined }> {
  try {
    return { given, real: await realpath(given) };
  } catch (cause) {
    if (!isBelow(path, given)) return { given, real: undefined };
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`the folder "${given}" of worker.file_digest.roots cannot be read (${code})`, { cause });
  }
}

/** Linux knows the path of what is open; elsewhere the path is looked up again and must lead to the same file. */
async function realPathOf(file: FileHandle, path: string): Promise<string> {
  if (process.platform === 'linux') return readlink(`/proc/self/fd/${file.fd}`);
  const real = await realpath(path);
  const [opened, found] = await Promise.all([file.stat(), lstat(real)]);
  if (opened.dev !== found.dev || opened.ino !== found.ino)
    throw new Error(`file "${path}" was replaced while it was opened`);
  return real;
}

function explain(path: string, error: unknown): never {
  const final = FINAL[(error as NodeJS.ErrnoException).code ?? ''];
  throw final === undefined ? error : new UnrecoverableJobError(`file "${path}" ${final}`, { cause: error });
}

function outside(path: string): UnrecoverableJobError {
  return new UnrecoverableJobError(`file "${path}" is outside worker.file_digest.roots`);
}

function isBelow(path: string, root: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep);
}
