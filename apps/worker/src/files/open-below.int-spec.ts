import { UnrecoverableJobError } from '@app/queue';
import { asNobody } from '@app/testing';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBelow } from './open-below.js';

describe('openBelow', () => {
  let base: string;
  let root: string;

  beforeEach(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'open-below-')));
    root = join(base, 'root');
    mkdirSync(root);
    chmodSync(base, 0o755);
    writeFileSync(join(root, 'a'), 'inside');
    writeFileSync(join(base, 'secret'), 'outside');
  });

  afterEach(() => rmSync(base, { recursive: true, force: true }));

  async function read(path: string, roots = [root]): Promise<string> {
    const file = await openBelow(roots, path);
    try {
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  }

  const refusal = (path: string, roots?: string[]) =>
    read(path, roots).then(expect.unreachable, (error: unknown) => error as Error);

  it('opens a file below any of the roots, also when the root is given through a link', async () => {
    symlinkSync(root, join(base, 'alias'));

    expect(await read(join(root, 'a'), [join(base, 'elsewhere'), root])).toBe('inside');
    expect(await read(join(root, 'a'), [join(base, 'alias')])).toBe('inside');
    expect(await read(join(base, 'alias', 'a'), [join(base, 'alias')])).toBe('inside');
  });

  it.each([
    ['the path of a neighbour', () => join(base, 'secret')],
    ['dots', () => `${root}/../secret`],
    ['a folder whose name begins like the root', () => `${root}less/a`],
    ['the root itself', () => root],
  ])('refuses %s, for ever', async (_what, path) => {
    const error = await refusal(path());

    expect(error).toBeInstanceOf(UnrecoverableJobError);
    expect(error.message).toContain('outside worker.file_digest.roots');
  });

  it('refuses everything when there are no roots', async () => {
    expect(await refusal(join(root, 'a'), [])).toBeInstanceOf(UnrecoverableJobError);
  });

  it('refuses a linked folder that leads out: the real path is checked after opening', async () => {
    symlinkSync(base, join(root, 'up'));

    const error = await refusal(join(root, 'up', 'secret'));

    expect(error).toBeInstanceOf(UnrecoverableJobError);
    expect(error.message).toContain('outside');
  });

  it('refuses a link in place of the file, a folder and a FIFO, without waiting for a writer', async () => {
    symlinkSync(join(root, 'a'), join(root, 'link'));
    mkdirSync(join(root, 'folder'));
    execFileSync('mkfifo', [join(root, 'fifo')]);

    const errors = await Promise.all(['link', 'folder', 'fifo'].map((name) => refusal(join(root, name))));

    expect(errors.every((error) => error instanceof UnrecoverableJobError)).toBe(true);
    expect(errors.map((error) => error.message.replace(/^file "[^"]*" /, ''))).toEqual([
      'is a symbolic link',
      'is not a regular file',
      'is not a regular file',
    ]);
  });

  it('says that a missing file is gone, for ever', async () => {
    const error = await refusal(join(root, 'gone'));

    expect(error).toBeInstanceOf(UnrecoverableJobError);
    expect(error.message).toBe(`file "${root}/gone" is gone`);
  });

  it('lets a missing root be tried again: a mount may come later', async () => {
    const error = await refusal(join(base, 'mount', 'a'), [join(base, 'mount')]);

    expect(error).not.toBeInstanceOf(UnrecoverableJobError);
    expect(error.message).toContain('cannot be read (ENOENT)');
  });

  it('lets a permission error be tried again', async () => {
    chmodSync(join(root, 'a'), 0o000);

    const error = await asNobody(() => refusal(join(root, 'a')));

    expect(error).not.toBeInstanceOf(UnrecoverableJobError);
    expect(error.message).toContain('EACCES');
  });
});
