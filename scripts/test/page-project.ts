import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitUntil } from '@app/testing';
import { afterAll, beforeAll } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

const COMPILER_OPTIONS = {
  module: 'nodenext',
  target: 'es2023',
  strict: true,
  skipLibCheck: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  types: ['node'],
};

/** The programs of a page in a project of their own, with this one installed as the package `job-queue-system`. */
export class PageProject {
  readonly text: string;
  /** Blocks that begin with their file name: name and text. */
  readonly files: readonly (readonly [name: string, text: string])[];
  folder = '';

  constructor(
    page: string,
    private readonly packages: readonly string[],
  ) {
    this.text = readFileSync(join(root, page), 'utf8');
    const blocks = this.text.matchAll(/```ts\n\/\/ (\S+\.ts)\n(.+?)```/gs);
    this.files = [...blocks].map(([, name = '', text = '']) => [name, text] as const);
  }

  make(): void {
    this.folder = mkdtempSync(join(tmpdir(), 'page-project-'));
    const modules = join(this.folder, 'node_modules');
    mkdirSync(modules);
    symlinkSync(root, join(modules, 'job-queue-system'));
    for (const name of this.packages) symlinkSync(join(root, 'node_modules', name), join(modules, name));
    this.write('package.json', '{ "type": "module" }');
    this.write('tsconfig.json', JSON.stringify({ compilerOptions: COMPILER_OPTIONS }));
    for (const [name, text] of this.files) this.write(name, text);
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** @returns what the compiler complains of. */
  async compile(): Promise<string> {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    return run(process.execPath, [tsc, '-p', this.folder]).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );
  }

  /** Runs `main.js` until it has written as much as is expected, ends it by SIGTERM, and answers all it wrote. */
  async runMain(redisUrl: string, expected: string): Promise<string> {
    const env = { ...process.env, REDIS_URL: redisUrl };
    const child = spawn(process.execPath, ['main.js'], { cwd: this.folder, env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
    const exited = new Promise((resolve) => child.once('exit', resolve));
    // Too little in time is the caller's to judge: it compares what came.
    await waitUntil(() => output.length >= expected.length, { timeoutMs: 15_000 }).catch(() => undefined);
    child.kill('SIGTERM');
    await exited;
    return output;
  }
}

/** A project for the specs of this `describe`. */
export function usePageProject(page: string, packages: readonly string[]): PageProject {
  const project = new PageProject(page, packages);
  beforeAll(() => project.make());
  afterAll(() => project.remove());
  return project;
}
