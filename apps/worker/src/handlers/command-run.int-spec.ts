import { AppConfig } from '@app/config';
import { type Job, UnrecoverableJobError } from '@app/queue';
import { waitUntil } from '@app/testing';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CommandRunHandler } from './command-run.handler.js';

const node = (script: string) => [process.execPath, '-e', script];
const shell = (script: string) => ['/bin/sh', '-c', script];

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'command-run-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(argv: readonly string[], { input, signal, command = 'it' }: RunOptions = {}) {
  const worker = { ...new AppConfig().worker, commandRun: { commands: { it: argv } } };
  const job = { id: 'job-1', kind: 'command.run', payload: { command, input } } as unknown as Job<{ command: string }>;
  const context = { signal: signal ?? new AbortController().signal, attempt: 2, workerId: 'w' };
  return new CommandRunHandler(worker).handle(job, context);
}

interface RunOptions {
  readonly input?: unknown;
  readonly signal?: AbortSignal;
  readonly command?: string;
}

const failureOf = (running: Promise<unknown>) =>
  running.then(
    () => undefined,
    (error: unknown) => error as Error,
  );

/** What the command wrote to a file of the spec. */
const written = (name: string) =>
  waitUntil(() => readFileSync(join(folder, name), 'utf8').trim(), { what: `the file ${name}` });

const isAlive = (pid: number) => {
  try {
    // a zombie waits for its parent only: it does not run any more
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

it('gives the input on stdin and keeps stdout', async () => {
  const result = await run(['/bin/cat'], { input: { text: '$(id) "quoted" Zoë' } });

  expect(result).toEqual({ stdout: '{"text":"$(id) \\"quoted\\" Zoë"}\n', truncated: false });
});

it('passes arguments as they are: no shell reads them', async () => {
  const result = await run(['/bin/echo', '$(id)', '; ls', '*']);

  expect(result.stdout).toBe('$(id) ; ls *\n');
});

it('shows the command nothing of the environment but what it needs, and the job', async () => {
  process.env['REDIS_PASSWORD'] = 'secret';
  const { stdout } = await run(['/usr/bin/env']);
  delete process.env['REDIS_PASSWORD'];

  const names = stdout
    .trim()
    .split('\n')
    .map((line) => line.split('=')[0]);
  expect(names.filter((name) => !['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'].includes(name!))).toEqual([
    'JOB_ID',
    'JOB_ATTEMPT',
  ]);
  expect(stdout).toContain('JOB_ID=job-1\nJOB_ATTEMPT=2');
});

it('does not mind a command that never reads its input', async () => {
  await expect(run(['/bin/true'], { input: 'x'.repeat(1_000_000) })).resolves.toMatchObject({ stdout: '' });
});

it('never tries a command again that failed, and keeps what it said', async () => {
  const error = await failureOf(run(shell('echo no such order >&2; exit 3')));

  expect(error).toBeInstanceOf(UnrecoverableJobError);
  expect(error?.message).toBe('the command "it" exited with 3: no such order');
});

it.each([
  ['exit 75', 'exited with 75'],
  ['kill -SEGV $$', 'was ended by SIGSEGV'],
])('tries again after %s', async (script, message) => {
  const error = await failureOf(run(shell(script)));

  expect(error).not.toBeInstanceOf(UnrecoverableJobError);
  expect(error?.message).toContain(message);
});

it('tries again when the program is not there (yet)', async () => {
  await expect(run([join(folder, 'gone')])).rejects.toMatchObject({ code: 'ENOENT' });
});

it.each(['other', 'constructor', '__proto__', '/bin/sh'])('runs no command that is not listed: %s', async (command) => {
  const error = await failureOf(run(['/bin/true'], { command }));

  expect(error).toBeInstanceOf(UnrecoverableJobError);
  expect(error?.message).toContain('is not in worker.command_run.commands: add it there');
});

it('keeps the beginning of a flood, and no more memory than that', async () => {
  const before = process.memoryUsage().rss;

  const result = await run(shell('head -c 300000000 /dev/zero | tr "\\0" x; head -c 100000000 /dev/zero >&2'));

  expect(result).toEqual({ stdout: 'x'.repeat(8_192), truncated: true });
  expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
});

it('ends a command that hangs, with its children, when the run is aborted', async () => {
  const controller = new AbortController();
  const running = failureOf(run(shell(`sleep 600 & echo $! > ${folder}/pid; wait`), { signal: controller.signal }));
  const pid = Number(await written('pid'));

  controller.abort(new Error('time is over'));

  expect((await running)?.message).toBe('time is over');
  await waitUntil(() => !isAlive(pid), { what: 'the end of the child' });
});

it('takes exit code 0 after an abort for no success', async () => {
  const controller = new AbortController();
  const script = `process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000); require('fs').writeFileSync('${folder}/pid', String(process.pid))`;
  const running = failureOf(run(node(script), { signal: controller.signal }));
  await written('pid');

  controller.abort(new Error('drain'));

  expect((await running)?.message).toBe('drain');
});

it('kills a command that ignores SIGTERM, within the time an aborted handler has', async () => {
  const controller = new AbortController();
  const script = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); require('fs').writeFileSync('${folder}/pid', String(process.pid))`;
  const running = failureOf(run(node(script), { signal: controller.signal }));
  const pid = Number(await written('pid'));
  const abortedAtMs = performance.now();

  controller.abort(new Error('lease lost'));

  expect((await running)?.message).toBe('lease lost');
  expect(performance.now() - abortedAtMs).toBeLessThan(2_000);
  expect(isAlive(pid)).toBe(false);
});

it('leaves nothing behind that the command started, and does not wait for it', async () => {
  const result = await run(shell(`sleep 600 & echo $! > ${folder}/pid; echo done`));

  const pid = Number(await written('pid'));
  expect(result.stdout).toBe('done\n');
  await waitUntil(() => !isAlive(pid), { what: 'the end of the child' });
});

it('does not wait for one that left the group with the output in its hands', async () => {
  const result = await run(shell(`setsid sleep 5 & sleep 0.2; echo done`));

  expect(result.stdout).toBe('done\n');
});

it('starts nothing when the run is aborted already', async () => {
  await expect(run(['/bin/true'], { signal: AbortSignal.abort(new Error('drain')) })).rejects.toThrow('drain');
});
