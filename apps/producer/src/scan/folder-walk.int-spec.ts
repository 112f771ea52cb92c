import { asNobody } from '@app/testing';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileMatcher } from './file-matcher.js';
import { FolderWalk, MAX_DEPTH } from './folder-walk.js';
import { ScanReport } from './scan-report.js';

describe('FolderWalk', () => {
  let base: string;
  let root: string;
  let report: ScanReport;

  beforeEach(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'folder-walk-')));
    root = join(base, 'root');
    mkdirSync(root);
    chmodSync(base, 0o755);
    report = new ScanReport();
  });

  afterEach(() => rmSync(base, { recursive: true, force: true }));

  function file(place: string, text = 'x'): string {
    const path = join(root, place);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  async function walk({ include = ['**/*'], exclude = [] as string[], followSymlinks = false } = {}): Promise<
    string[]
  > {
    const rules = { root, matcher: createFileMatcher(include, exclude), followSymlinks };
    const found: string[] = [];
    for await (const path of new FolderWalk(rules, report).files()) found.push(relative(root, path));
    return found.toSorted();
  }

  const skipped = () => report.summary(root, true).skipped;

  it('yields the files that the globs take, at every depth, and counts the others', async () => {
    for (const place of ['a.pdf', 'b/c.pdf', 'b/d/e.txt', 'b/d/.f', 'node_modules/x/y.pdf']) file(place);

    expect(await walk({ exclude: ['**/node_modules/**', '**/*.txt'] })).toEqual(['a.pdf', 'b/c.pdf', 'b/d/.f']);
    expect(report.summary(root, true).excluded).toBe(1);
    expect(skipped()).toEqual({});
  });

  it('yields odd names, and reports one that is not UTF-8 without losing its neighbours', async () => {
    const odd = ['new\nline', `quote'"`, 'back\\slash', 'dir\n/in', 'ünï 🎉', '-rf'];
    for (const place of odd) file(place);
    writeFileSync(Buffer.concat([Buffer.from(`${root}/bad`), Buffer.from([0xff])]), 'x');
    mkdirSync(Buffer.concat([Buffer.from(`${root}/badd`), Buffer.from([0xfe])]));

    expect(await walk()).toEqual(odd.toSorted());
    expect(skipped()['not-utf8']?.count).toBe(2);
    expect(skipped()['not-utf8']?.examples).toContain(`${root}/bad\\xff`);
  });

  it('does not follow links, and says where they are', async () => {
    file('a');
    symlinkSync(join(root, 'a'), join(root, 'link'));
    symlinkSync('/etc', join(root, 'out'));

    expect(await walk()).toEqual(['a']);
    expect(skipped()).toEqual({
      symlink: { count: 2, examples: expect.arrayContaining([`${root}/link`, `${root}/out`]) },
    });
  });

  it('follows links when told to, but neither out of the root nor in a circle', async () => {
    file('store/a');
    writeFileSync(join(base, 'secret'), 'x');
    mkdirSync(join(base, 'rootless'));
    symlinkSync('../store', join(mkdirAt('view'), 'docs'));
    symlinkSync('../store', join(root, 'view', 'again'));
    symlinkSync('..', join(root, 'store', 'up'));
    symlinkSync(join(base, 'secret'), join(root, 'secret'));
    symlinkSync(join(base, 'rootless'), join(root, 'sibling'));
    symlinkSync('nowhere', join(root, 'broken'));

    const found = await walk({ include: ['view/*/*'], followSymlinks: true });

    expect(found).toEqual(['store/a', 'store/a']); // through both links: the unique key makes one job of it
    expect(skipped()['symlink-outside']?.examples.toSorted()).toEqual([`${root}/secret`, `${root}/sibling`]);
    expect(skipped()['symlink-circle']).toEqual({ count: 3, examples: Array(3).fill(`${root}/store/up`) });
    expect(skipped()['symlink-broken']?.examples).toEqual([`${root}/broken`]);
  });

  it('skips FIFOs, sockets and devices without opening them', async () => {
    file('a');
    execFileSync('mkfifo', [join(root, 'fifo')]);
    const server = createServer().listen(join(root, 'socket'));
    await new Promise((listening) => server.once('listening', listening));

    expect(await walk()).toEqual(['a']);
    expect(skipped()['not-a-file']?.count).toBe(2);
    server.close();
  });

  it('reports a folder it may not read and goes on', async () => {
    file('a');
    file('closed/b');
    chmodSync(join(root, 'closed'), 0o000);

    expect(await asNobody(walk)).toEqual(['a']);
    expect(skipped()).toEqual({ unreadable: { count: 1, examples: [`${root}/closed (EACCES)`] } });
    chmodSync(join(root, 'closed'), 0o755);
  });

  it('goes on when a folder vanishes before its turn', async () => {
    const places = Array.from({ length: 40 }, (_, index) => `d${index}/f`);
    for (const place of places) file(place);
    const seen: string[] = [];

    for await (const path of new FolderWalk(
      { root, matcher: createFileMatcher(['**/*'], []), followSymlinks: false },
      report,
    ).files()) {
      seen.push(relative(root, path));
      for (const place of places)
        if (!seen.includes(place)) rmSync(dirname(join(root, place)), { recursive: true, force: true });
    }

    expect(seen).toHaveLength(1);
    expect(skipped().vanished?.count).toBe(39);
  });

  it('reports what lies too deep', async () => {
    const levels = Array.from({ length: MAX_DEPTH }, () => 'd').join('/');
    file(`${levels}/last`);
    file(`${levels}/below/never`);

    expect(await walk()).toEqual([`${levels}/last`]);
    expect(skipped()['too-deep']).toEqual({ count: 1, examples: [join(root, levels, 'below')] });
  });

  it('closes what it opened when its reader stops early', async () => {
    file('d/a');
    file('d/b');
    const files = new FolderWalk(
      { root, matcher: createFileMatcher(['**/*'], []), followSymlinks: false },
      report,
    ).files();

    await files.next();
    await files.return();

    expect((await files.next()).done).toBe(true);
  });

  function mkdirAt(place: string): string {
    mkdirSync(join(root, place), { recursive: true });
    return join(root, place);
  }
});
