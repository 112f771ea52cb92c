import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadConfig } from '@app/config';
import { useRedis, waitUntil } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findRedis } from './redis-server.mjs';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/handlers.md'), 'utf8');

/** The programs of docs/handlers.md in a project of their own, with this one installed as the package `job-queue-system`. */
describe('the examples of docs/handlers.md', () => {
  const redis = useRedis({ isPrivate: true });
  let project: string;

  beforeAll(() => {
    project = mkdtempSync(join(tmpdir(), 'handlers-page-'));
    mkdirSync(join(project, 'node_modules'));
    symlinkSync(root, join(project, 'node_modules/job-queue-system'));
    for (const name of ['@nestjs', '@types', 'reflect-metadata', 'class-validator']) {
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

    expect(examples().map(([name]) => name)).toEqual(['thumbnail.handler.ts', 'main.ts', 'thumbnail.test.ts']);
    expect(output).toBe('');
  });

  it('run, and print what it says', async () => {
    const [, expected = ''] = /It prints\n\n```text\n(.+?)```/s.exec(page)!;
    const child = spawn(process.execPath, ['main.js'], { cwd: project, env: { ...process.env, REDIS_URL: redis.url } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
    const exited = new Promise((resolve) => child.once('exit', resolve));

    await waitUntil(() => output.length >= expected.length, { timeoutMs: 15_000 }).catch(() => undefined);
    child.kill('SIGTERM');
    await exited;

    expect(output).toBe(expected);
  });

  it('pass their own test, on a redis-server of its own', async () => {
    const { bin, env } = await findRedis();

    const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap', 'thumbnail.test.js'], {
      cwd: project,
      env: { PATH: process.env['PATH'], REDIS_SERVER_BIN: bin, ...env },
    });

    expect(stdout).toMatch(/^# pass 4$/m);
    expect(stdout).toMatch(/^# fail 0$/m);
  });

  it('load as a configuration', () => {
    const [, yaml = ''] = /```yaml\n(.+?)```/s.exec(page)!;
    writeFileSync(join(project, 'config.yaml'), yaml);

    const { worker } = loadConfig({ file: join(project, 'config.yaml'), env: {} }).config;

    expect(worker.httpRequest.privateOrigins).toEqual(['http://billing.internal:8080']);
    expect(worker.commandRun.commands['report']).toEqual(['/opt/report/run', '--daily']);
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
  return [...page.matchAll(/```ts\n\/\/ (\S+\.ts)\n(.+?)```/gs)].map(([, name = '', text = '']) => [name, text]);
}
