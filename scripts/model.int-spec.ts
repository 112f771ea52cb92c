import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

describe('npm run model', () => {
  let empty: string;

  beforeEach(() => (empty = mkdtempSync(join(tmpdir(), 'no-spin-'))));
  afterEach(() => rmSync(empty, { recursive: true }));

  /** On a machine where no program is to be found. */
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(import.meta.dirname, 'model.mjs'), ...args], {
      env: { PATH: empty },
      encoding: 'utf8',
    });

  it('says that it did not run without spin, and fails', () => {
    const { status, stdout } = run('--short');

    expect(stdout).toBe('not run: spin is not installed: apt install spin gcc\n');
    expect(status).toBe(1);
  });

  it('passes without spin where that is allowed, and says so all the same', () => {
    const { status, stdout } = run('--allow-missing');

    expect(stdout).toContain('not run: spin is not installed');
    expect(status).toBe(0);
  });

  it.each([
    ['--only=nothing-like-it', 'no run has "nothing-like-it" in its name'],
    ['--limit=soon', 'expected seconds'],
  ])('refuses %s with its usage', (arg, message) => {
    const { status, stderr } = run(arg);

    expect(stderr).toContain(message);
    expect(stderr).toContain('usage: npm run model');
    expect(status).toBe(2);
  });
});
