import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { useRedis, waitUntil } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The programs of README.md in a project of their own, with this one installed as the package `job-queue-system`. */
describe('the examples of README.md', () => {
  const redis = useRedis({ isPrivate: true });
  let project: string;

  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'readme-examples-'));
    mkdirSync(join(project, 'node_modules'));
    symlinkSync(root, join(project, 'node_modules/job-queue-system'));
    for (const name of ['@nestjs', '@types', 'reflect-metadata']) {
      symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name));
    }
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    for (const [name, text] of examples()) writeFileSync(join(project, name), text);
  });

  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it('compile', async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');

    const output = await run(process.execPath, [tsc, '-p', project]).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );

    expect(examples().map(([name]) => name)).toEqual(['mail.handler.ts', 'main.ts']);
    expect(output).toBe('');
  });

  it('run, and print what it says', async () => {
    const [, expected = ''] = /it prints\n\n```text\n(.+?)```/s.exec(readme)!;
    const child = spawn(process.execPath, ['main.js'], { cwd: project, env: { ...process.env, REDIS_URL: redis.url } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
    const exited = new Promise((resolve) => child.once('exit', resolve));

    await waitUntil(() => output.length >= expected.length, { timeoutMs: 15_000 }).catch(() => undefined);
    child.kill('SIGTERM');
    await exited;

    expect(lines(output)).toEqual(lines(expected));
  });
});

const compilerOptions = {
  module: 'nodenext',
  target: 'es2023',
  strict: true,
  skipLibCheck: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  types: ['node'],
};

/** Blocks that begin with their file name. */
function examples(): [name: string, text: string][] {
  return [...readme.matchAll(/```ts\n\/\/ (\S+\.ts)\n(.+?)```/gs)].map(([, name = '', text = '']) => [name, text]);
}

/** The answer to the enqueue and the start of the handler race: their order is open. */
function lines(text: string): string[] {
  return text.trim().split('\n').toSorted();
}
