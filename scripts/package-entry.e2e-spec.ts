import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');

/** Another project, with this one installed as the package `job-queue-system`. */
describe('the package job-queue-system, installed elsewhere', () => {
  let consumer: string;

  beforeAll(() => {
    consumer = mkdtempSync(join(tmpdir(), 'package-entry-'));
    mkdirSync(join(consumer, 'node_modules'));
    symlinkSync(root, join(consumer, 'node_modules/job-queue-system'));
    writeFileSync(join(consumer, 'package.json'), '{ "type": "module" }');
  });

  afterAll(() => rmSync(consumer, { recursive: true, force: true }));

  it('offers the queue to import', async () => {
    const program = "import { QueueModule } from 'job-queue-system/queue'; console.log(QueueModule.name);";

    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: consumer });

    expect(stdout.trim()).toBe('QueueModule');
  });

  it('offers its types', async () => {
    const compilerOptions = { module: 'nodenext', target: 'es2023', strict: true, noEmit: true, skipLibCheck: true };
    writeFileSync(
      join(consumer, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: { ...compilerOptions, types: [] } }),
    );
    writeFileSync(
      join(consumer, 'consumer.ts'),
      `import { EnqueueService } from 'job-queue-system/queue';
       export const send = (jobs: EnqueueService) => jobs.enqueue('mail.send', { to: 'ada@example.org' });
       // @ts-expect-error a kind is a text: were the types missing, everything would be allowed
       export const wrong = (jobs: EnqueueService) => jobs.enqueue(42, {});`,
    );

    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const output = await run(process.execPath, [tsc, '-p', consumer]).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );

    expect(output).toBe('');
  });
});

describe('the build', () => {
  const scripts = join(root, 'libs/queue/src/redis/scripts');

  it.each(['apps/producer/*.js', 'apps/worker/*.js', 'apps/admin/main.cjs', 'libs/queue/*.js'])(
    '%s carries the Lua scripts it runs',
    (file) => {
      const bundle = readBuilt(file);

      const missing = readdirSync(scripts).filter((name) => !bundle.includes(titleOf(join(scripts, name))));

      expect(missing).toEqual([]);
    },
  );

  it.each(['producer', 'worker', 'admin', 'all'])('dist/apps/%s prints its version', async (app) => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

    const { stdout } = await run(process.execPath, [`dist/apps/${app}`, '--version'], { cwd: root });

    expect(stdout).toContain(version);
  });

  it('leaves a launcher at the root', async () => {
    const { stdout } = await run('./job-queue-system', ['--version'], { cwd: root });

    expect(stdout.trim()).not.toBe('');
  });
});

/** `-- name`, of the line `-- name: from -> to` under `#!lua`. */
function titleOf(file: string): string {
  return readFileSync(file, 'utf8').split('\n')[1]?.split(':')[0] ?? '';
}

/** One built file, or all of a folder: `libs/queue/*.js` share a chunk. */
function readBuilt(file: string): string {
  const folder = join(root, 'dist', dirname(file));
  const names = file.endsWith('*.js') ? readdirSync(folder).filter((name) => name.endsWith('.js')) : [basename(file)];
  return names.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
}
