import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { ADMIN_PROGRAM, runAdmin } from './run-admin.js';

const folder = mkdtempSync(join(tmpdir(), 'admin-usage-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('admin without a queue', () => {
  it.each(['--version', '-V'])('answers %s with the version of the package', async (flag) => {
    expect(await runAdmin([flag])).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' });
  });

  it('answers --version without loading anything else', async () => {
    const alone = join(folder, 'index.mjs');
    copyFileSync(ADMIN_PROGRAM, alone);

    const { stdout } = await promisify(execFile)(process.execPath, [alone, '--version']);

    expect(stdout).toBe(`${packageJson.version}\n`);
  });

  it.each([['--help'], ['help', 'peek'], ['peek', '--help'], ['job', 'show', '--help']])(
    'shows help on stdout for %s %s %s',
    async (...args) => {
      const { code, stdout, stderr } = await runAdmin(args);

      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('Usage: admin');
      expect(stdout).toContain('--json');
    },
  );

  it.each([
    [[], 'Usage: admin'],
    [['job'], 'Usage: admin job'],
    [['stast'], "error: unknown command 'stast'\n(Did you mean stats?)\n"],
    [['job', 'shwo', 'x'], "error: unknown command 'shwo'\n(Did you mean show?)\n"],
    [['stats', '--jsno'], "error: unknown option '--jsno'\n(Did you mean --json?)\n"],
    [['job', 'show', '--paylod', 'x'], "error: unknown option '--paylod'\n(Did you mean --payload?)\n"],
    [['peek', '--quee=high'], "error: unknown option '--quee'\n(Did you mean --queue?)\n"],
    [['stats', '\u001b[2J'], 'error: too many arguments'],
    [['\u001b[2J'], "error: unknown command '\\u001b[2J'\n"],
    [['job', 'show'], "error: missing required argument 'id'\n"],
    [['peek', '--n=0'], 'error: --n: found "0", expected a whole number from 1 to 500\n'],
    [['peek', '--n=501'], 'error: --n: found "501", expected a whole number from 1 to 500\n'],
    [
      ['peek', '--place=processing'],
      'error: --place: found "processing", expected ready, quarantine, parked, scheduled, dead, completed\n',
    ],
    [['peek', '--queue=hihg'], 'error: queue: found "hihg", expected one of high, low\n'],
    [['peek', '--queue=high', '--place=dead'], 'error: --queue: jobs in dead are not kept by queue, leave it out\n'],
    [['stats', '--config=/none.yaml'], 'error: /none.yaml: found no such file'],
  ])('refuses %j with exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await runAdmin(args);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('refuses an unknown key with its file and line, and a suggestion', async () => {
    const file = join(folder, 'unknown-key.yaml');
    writeFileSync(file, 'queue:\n  prefix: test\n  partitons: 3\n');

    const { code, stdout, stderr } = await runAdmin(['stats', `--config=${file}`]);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('unknown-key.yaml:3');
    expect(stderr).toContain('partitions');
  });
});

describe('admin with Redis down', () => {
  let silent: Server;
  beforeAll(async () => {
    silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => silent.close());

  it.each([['stats'], ['workers'], ['peek'], ['job', 'show', 'x']])(
    'ends %s %s %s with 3 when nobody listens',
    async (...args) => {
      const startedMs = performance.now();

      const { code, stdout, stderr } = await runAdmin(args, { REDIS_ADDR: '127.0.0.1:1', REDIS_PASSWORD: 'secret-1' });

      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(errorLines(stderr)).toEqual([
        expect.stringMatching(/^error: Redis at 127\.0\.0\.1:1\/0 cannot be reached/),
      ]);
      expect(stderr).not.toContain('secret-1');
      expect(performance.now() - startedMs).toBeLessThan(3_000);
    },
  );

  it('ends with 3 when the server accepts and says nothing', async () => {
    const { port } = silent.address() as { port: number };

    const { code, stderr } = await runAdmin(['stats'], { REDIS_ADDR: `127.0.0.1:${port}` });

    expect(code).toBe(3);
    expect(errorLines(stderr)).toHaveLength(1);
  });

  it('ends with 130 on Ctrl-C', async () => {
    const { port } = silent.address() as { port: number };
    const child = spawn(process.execPath, [ADMIN_PROGRAM, 'stats'], { env: { REDIS_ADDR: `127.0.0.1:${port}` } });
    const ended = once(child, 'exit');
    await once(silent, 'connection');

    child.kill('SIGINT');

    expect(await ended).toEqual([130, null]);
  });
});

function errorLines(stderr: string): string[] {
  return stderr
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('note: '));
}
