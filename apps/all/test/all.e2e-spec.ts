import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitForValue, waitUntil } from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processesNaming, Program, run, temporaryFolder } from './program.js';

describe('job-queue-system', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let running: Program[];
  let data: string;
  let files: string;

  const suite = (...args: string[]) => [
    '--role=all',
    '--embedded-redis',
    `--data-dir=${data}`,
    `--scan-dir=${files}`,
    ...args,
  ];
  const start = (...args: string[]) => {
    const program = new Program(suite(...args));
    running.push(program);
    return program;
  };
  const writeConfig = (text: string) => {
    const file = join(folder.path, 'given.yaml');
    writeFileSync(file, text);
    return `--config=${file}`;
  };

  beforeEach(() => {
    folder = temporaryFolder();
    running = [];
    data = join(folder.path, 'data');
    files = join(folder.path, 'files');
    mkdirSync(files);
    for (const name of ['a.txt', 'b.txt', 'c.txt', 'report.pdf', 'left-out.tmp']) {
      writeFileSync(join(files, name), `content of ${name}`);
    }
  });
  afterEach(async () => {
    for (const program of running) program.kill('SIGKILL');
    await waitForValue(() => processesNaming(folder.path), []);
    folder.remove();
  });

  it('works on to the end when its reader goes away, as head does', async () => {
    const reading = start('--once');
    await waitUntil(() => reading.stdout !== '', { timeoutMs: 20_000 });

    reading.child.stdout!.destroy();

    expect(await reading.ended).toMatchObject({ code: 0, stderr: '' });
    expect((await start('--once').ended).stdout).toContain('0 new, 4 unchanged');
  });

  it('works a folder once, and finds nothing new the second time', async () => {
    const first = await start('--once').ended;
    const second = await start('--once').ended;

    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('4 new, 0 unchanged');
    expect(first.stdout).toMatch(/high +1 +1 +0 +0\n/);
    expect(first.stdout).toMatch(/low +3 +3 +0 +0\n/);
    expect(first.stdout).toMatch(/throughput +\d+ jobs\/s, 4 jobs in/);
    expect(first.stdout).toContain('1 left out by the globs');
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toContain('0 new, 4 unchanged');
  });

  it('ends with 1 when a job is dead', async () => {
    const elsewhere = join(folder.path, 'elsewhere');
    mkdirSync(elsewhere);

    const { code, stdout } = await start('--once', writeConfig(`worker: { file_digest: { roots: ['${elsewhere}'] } }`))
      .ended;

    expect(code).toBe(1);
    expect(stdout).toMatch(/low +3 +0 +3 +3\n/);
  });

  it('finishes the jobs that a killed run left behind', async () => {
    const slow = writeConfig('producer: { kind: nobody.knows.it }');
    const killed = start(slow);
    await waitUntil(async () => (await stats()).queues.some(({ scheduled }: { scheduled: number }) => scheduled > 0));
    killed.kill('SIGKILL');
    await killed.ended;

    const next = start();
    await waitUntil(() => next.stdout.includes('4 produced'), { timeoutMs: 20_000 });

    expect(next.stdout).not.toContain('unchanged'); // jobs of the run before still wait, so this one is not done
    next.kill('SIGINT');
    expect((await next.ended).code).toBe(0);
  });

  it('serves until Ctrl-C, with the stats command that it prints, then drains and ends with 0', async () => {
    const program = start();
    await waitUntil(() => program.stdout.includes('serving until Ctrl-C'), { timeoutMs: 20_000 });
    const command = /^stats +(.+)$/m.exec(program.stdout)![1]!;
    const health = /^worker +(\S+\/healthz)/m.exec(program.stdout)![1]!;

    const { stdout } = await promisify(execFile)('sh', ['-c', `${command} --json`]);
    const { status } = await fetch(health);

    expect(JSON.parse(stdout).completed.total).toBe(4);
    expect(status).toBe(200);
    expect(statSync(join(data, 'config.yaml')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(data, 'logs/worker.log'), 'utf8')).toContain('"level"');
    program.kill('SIGINT');
    expect(await program.ended).toMatchObject({ code: 0, stderr: '' });
    expect(processesNaming(folder.path)).toEqual([]);
  });

  it('refuses a second supervisor on the same data', async () => {
    const first = start();
    await waitUntil(() => first.stdout.includes('serving until Ctrl-C'), { timeoutMs: 20_000 });

    const second = await start().ended;

    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`is in use by process ${first.child.pid}`);
  });

  it('leaves no child behind when it is killed', async () => {
    const program = start();
    await waitUntil(() => program.stdout.includes('serving until Ctrl-C'), { timeoutMs: 20_000 });
    expect(processesNaming(data).length).toBeGreaterThanOrEqual(4);

    program.kill('SIGKILL');

    await waitForValue(() => processesNaming(folder.path), [], { timeoutMs: 15_000 });
  });

  it('starts a killed worker again', async () => {
    const program = start();
    await waitUntil(() => program.stdout.includes('serving until Ctrl-C'), { timeoutMs: 20_000 });
    const health = /^worker +(\S+\/healthz)/m.exec(program.stdout)![1]!;
    const [worker] = processesNaming(data).filter((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('worker'),
    );

    process.kill(worker!, 'SIGKILL');

    await waitUntil(() => program.stdout.includes('worker ended with SIGKILL, starts again in 500 ms'));
    await waitUntil(async () => (await fetch(health)).ok, { timeoutMs: 15_000 });
  });

  it('runs one role in its own process, as the runbook writes it', async () => {
    const program = start();
    await waitUntil(() => program.stdout.includes('serving until Ctrl-C'), { timeoutMs: 20_000 });

    expect((await stats()).completed.total).toBe(4);
    const unknown = await run('--role=admin', '--admin-cmd=no-such-command');
    expect(unknown.code).toBe(2);
  });

  async function stats() {
    const { stdout, stderr } = await run('--role=admin', '--admin-cmd=stats', '--json', `--config=${data}/config.yaml`);
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout);
  }
});

describe('its command line', () => {
  it('answers the version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

    expect((await run('--role=worker', '--version')).stdout).toMatch(
      new RegExp(`^job-queue-system ${version} \\(\\w+\\)\n$`),
    );
  });

  it.each([
    ['--role=wroker', 'unknown role "wroker": expected one of all, producer, worker, admin (did you mean worker?)'],
    ['--embeded-redis', 'did you mean --embedded-redis?'],
    ['--scan-dir=/no/such/folder', '--scan-dir=/no/such/folder is not a folder'],
    ['--once', '--once needs a folder: give --scan-dir'],
    ['--config=/no/such.yaml', '/no/such.yaml'],
  ])('refuses %s', async (argument, message) => {
    const { code, stderr, stdout } = await run(argument);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
