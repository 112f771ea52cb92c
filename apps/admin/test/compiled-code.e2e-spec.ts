import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const DIST = fileURLToPath(new URL('../../../dist/apps/admin/', import.meta.url));

describe('the compiled code of admin', () => {
  let folder: string;
  let program: string;
  let compiled: string;
  const help = async () => (await promisify(execFile)(process.execPath, [join(folder, 'index.js'), '--help'])).stdout;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'compiled-code-'));
    cpSync(DIST, folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    program = join(folder, 'main.cjs');
    compiled = `${program}.compiled`;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is taken by the Node that built it', async () => {
    const look = `import * as chunk from '${pathToFileURL(join(folder, 'load-compiled.js')).href}';
      const loadCompiled = Object.values(chunk).find((each) => each.name === 'loadCompiled');
      process.argv.push('admin', '--help');
      console.error(loadCompiled().cachedDataRejected);`;

    const run = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', look]);

    expect(run.stderr).toBe('false\n');
  });

  it('is the same in each build, as an image that can be made again needs', async () => {
    const write = async () => {
      const seeds = ['--hash-seed=1', '--random-seed=1']; // as scripts/build.mjs has them
      await promisify(execFile)(process.execPath, [...seeds, join(folder, 'write-compiled.js'), '--help']);
      return readFileSync(compiled);
    };

    expect((await write()).equals(await write())).toBe(true);
  });

  it.each([
    ['absent', () => rmSync(compiled)],
    [
      'of a cut-off build',
      () => writeFileSync(compiled, readFileSync(join(DIST, 'main.cjs.compiled')).subarray(0, 5_000)),
    ],
    ['not compiled code', () => writeFileSync(compiled, 'not compiled code')],
    ['of another source', () => writeFileSync(program, `${readFileSync(program, 'utf8')}// changed`)],
  ])('is passed over when it is %s', async (_, spoil) => {
    cpSync(DIST, folder, { recursive: true });
    spoil();

    expect(await help()).toContain('purge-dlq [options]');
  });
});
