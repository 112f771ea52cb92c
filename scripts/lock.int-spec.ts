import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from './lock.mjs';

describe('the set-up lock', () => {
  let folder: string;
  let lock: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'setup-lock-'));
    lock = join(folder, 'setup.lock');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('lets one process in at a time', async () => {
    const log = join(folder, 'log');
    const program = `
      import { appendFileSync } from 'node:fs';
      import { setImmediate as turn } from 'node:timers/promises';
      import { withLock } from ${JSON.stringify(new URL('lock.mjs', import.meta.url).href)};
      await withLock(${JSON.stringify(lock)}, async () => {
        appendFileSync(${JSON.stringify(log)}, 'in ');
        for (let turns = 0; turns < 1000; turns += 1) await turn();
        appendFileSync(${JSON.stringify(log)}, 'out ');
      });`;

    const runs = [1, 2, 3, 4].map(() => spawn(process.execPath, ['--input-type=module', '-e', program]));
    const codes = await Promise.all(runs.map(async (run) => (await once(run, 'exit'))[0] as number));

    expect(codes).toEqual([0, 0, 0, 0]);
    expect(readFileSync(log, 'utf8')).toBe('in out '.repeat(4));
  });

  it('is taken over from a process that died with it', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(lock, String(pid));

    const answer = await withLock(lock, () => 'done');

    expect(answer).toBe('done');
  });

  it('is given back when the work fails', async () => {
    const failing = withLock(lock, () => Promise.reject(new Error('no space left')));

    await expect(failing).rejects.toThrow('no space left');
    expect(existsSync(lock)).toBe(false);
  });
});
