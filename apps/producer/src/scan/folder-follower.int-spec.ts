import { waitUntil } from '@app/testing';
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileIntake } from './file-intake.js';
import { createFileMatcher } from './file-matcher.js';
import { FolderFollower } from './folder-follower.js';
import { KnownFiles } from './known-files.js';
import { ScanReport } from './scan-report.js';

const STABLE_FOR_MS = 50;
const PATIENCE_MS = 20_000;
const NESTED = 800;
/** Runs beside the follower, at all distances from its steps. */
const NESTED_FOLDERS = `
const { mkdirSync } = require('node:fs');
for (let index = 0; index < ${NESTED}; index += 1) {
  mkdirSync(process.argv[1] + '/' + index);
  for (const endMs = performance.now() + (index % 100) * 0.03; performance.now() < endMs; );
  mkdirSync(process.argv[1] + '/' + index + '/inner');
}`;
const run = promisify(execFile);

/** The follower alone: what it enqueues is written down. */
describe('the follower of a folder', () => {
  let stop: AbortController;
  let following: Promise<unknown>;
  let follower: FolderFollower;
  let base: string;
  let folder: string;
  let settled: string[];

  beforeEach(async () => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'folder-follower-')));
    folder = join(base, 'inbox');
    mkdirSync(folder);
    settled = [];
    stop = new AbortController();
    const rules = {
      scanDir: folder,
      matcher: createFileMatcher(['**/*'], []),
      followSymlinks: false,
      stableForMs: STABLE_FOR_MS,
      rescanIntervalMs: 3_600_000, // so that the watch itself is tested
    };
    const settle = async (jobs: readonly { readonly payload: { readonly path: string } }[]) => {
      await sleep(20); // as far away as a Redis may be
      settled.push(...jobs.map(({ payload }) => payload.path.slice(folder.length + 1)));
    };
    const intake = new FileIntake({ kind: 'file.digest', queueOf: () => 'low' }, () => ({ settle }), new KnownFiles());
    follower = new FolderFollower(rules, intake, stop.signal, () => undefined);
    await follower.scan(new ScanReport());
    following = follower.follow().catch(() => undefined);
  });

  afterEach(async () => {
    stop.abort();
    await following;
    follower.close();
    rmSync(base, { recursive: true, force: true });
  });

  const untilSettled = (...wanted: string[]) =>
    waitUntil(() => new Set([...settled, ...wanted]).size === new Set(settled).size, {
      timeoutMs: PATIENCE_MS,
      what: `${wanted.length} files, the last of them ${wanted.at(-1)}`,
    });

  it('takes once what lies in two folders that something happened to', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `${index}`);
    const aside = join(base, 'aside');
    mkdirSync(aside);
    mkdirSync(join(folder, 'outer'));
    for (const name of names) writeFileSync(join(aside, name), name);
    writeFileSync(join(folder, 'first'), '');
    await untilSettled('first'); // whatever is in `aside` is older than a file must be

    chmodSync(join(folder, 'outer'), 0o700);
    renameSync(aside, join(folder, 'outer', 'inner'));
    await untilSettled(...names.map((name) => `outer/inner/${name}`));
    writeFileSync(join(folder, 'last'), '');
    await untilSettled('last');

    expect(settled).toHaveLength(names.length + 2);
    expect(new Set(settled).size).toBe(settled.length);
  });

  // A folder made while its parent was about to be watched was itself not watched: about one in 600.
  it('watches each folder of many that are made inside each other at once', async () => {
    await run(process.execPath, ['-e', NESTED_FOLDERS, folder]);
    writeFileSync(join(folder, 'first'), '');
    await untilSettled('first');
    const places = Array.from({ length: NESTED }, (_, index) => `${index}/inner/file`);

    for (const place of places) writeFileSync(join(folder, place), '');

    await untilSettled(...places);
  });

  it('hears of a folder that came in the place of another, and of one that was moved', async () => {
    mkdirSync(join(folder, 'a', 'b'), { recursive: true });
    writeFileSync(join(folder, 'a', 'b', 'first'), '');
    await untilSettled('a/b/first');

    renameSync(join(folder, 'a'), join(folder, 'z'));
    await untilSettled('z/b/first');
    mkdirSync(join(folder, 'a', 'b'), { recursive: true });
    writeFileSync(join(folder, 'a', 'b', 'second'), '');
    await untilSettled('a/b/second');
    writeFileSync(join(folder, 'z', 'b', 'third'), '');
    await untilSettled('z/b/third');
    rmSync(join(folder, 'z', 'b'), { recursive: true });
    mkdirSync(join(folder, 'z', 'b'));
    writeFileSync(join(folder, 'z', 'b', 'fourth'), '');
    await untilSettled('z/b/fourth');
    writeFileSync(join(folder, 'z', 'b', 'fifth'), '');

    await untilSettled('z/b/fifth');
  });

  it('follows a folder that has a file of its own name', async () => {
    mkdirSync(join(folder, 'same'));
    writeFileSync(join(folder, 'same', 'same'), '1');
    await untilSettled('same/same');

    rmSync(join(folder, 'same', 'same'));
    writeFileSync(join(folder, 'same', 'other'), '');

    await untilSettled('same/other');
  });
});
