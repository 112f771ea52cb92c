import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EnqueueService, QueueModule } from '@app/queue';
import { AppProcess, type TestRedis, waitUntil } from '@app/testing';
import { NestFactory } from '@nestjs/core';
import { stringify } from 'yaml';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** What a checkout has that command lines of the docs name. */
const LINKED = ['job-queue-system', 'dist', 'deploy', 'package.json', 'scripts'];

/** How a command line ended. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A worker that serves a folder's jobs, and a checkout with a `config.yaml` that points at it: where an operator types. */
export class LiveSuite {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'live-suite-')));
  private worker?: AppProcess;

  constructor(private readonly redis: TestRedis) {}

  async start(): Promise<void> {
    mkdirSync(join(this.folder, 'config'));
    mkdirSync(join(this.folder, 'files'));
    for (const name of LINKED) symlinkSync(join(root, name), join(this.folder, name));
    const { addr, password } = this.redis;
    const config = stringify({
      redis: { addr, password },
      queue: { prefix: this.redis.prefix() },
      worker: { file_digest: { roots: [join(this.folder, 'files')] } },
    });
    for (const path of ['config.yaml', 'config/config.yaml']) writeFileSync(join(this.folder, path), config);
    this.worker = await AppProcess.start('worker', { args: [`--config=${join(this.folder, 'config.yaml')}`] });
    await this.worker.ready();
  }

  async stop(): Promise<void> {
    await this.worker?.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs a block of a page as a shell would that stops at the first error. Ports of the page become those of this suite. */
  run(script: string): Promise<Ran> {
    const text = script.replaceAll('127.0.0.1:9091', `127.0.0.1:${this.worker?.port}`);
    return runBash(['--norc', '-euo', 'pipefail', '-c', text], this.folder);
  }

  /** Jobs that are dead at once: their file is outside of what the worker may read. */
  async addDeadJobs(count: number): Promise<void> {
    await this.enqueue('high', Array(count).fill({ path: '/nowhere/at-all' }));
    await waitUntil(async () => (await this.deadCount()) >= count, { what: `${count} dead jobs` });
  }

  /** Jobs that wait in `high` as long as nobody resumes it. */
  async addWaitingJobs(count: number): Promise<void> {
    const { code, stderr } = await this.run('node dist/apps/admin queue pause high --reason=test --config=config.yaml');
    if (code !== 0) throw new Error(`the queue was not paused: ${stderr}`);
    await this.enqueue('high', Array(count).fill({ path: join(this.folder, 'files/waiting.txt') }));
  }

  deadCount(): Promise<number> {
    return this.redis.redis.zcard(`{${this.redis.prefix()}:0}:dead`);
  }

  /** A fingerprint of every key that holds jobs; leases of workers and samples change by themselves. */
  async jobsFingerprint(): Promise<string> {
    const { redis } = this.redis;
    const keys = (await redis.keys(`{${this.redis.prefix()}:*`)).toSorted();
    const lasting = keys.filter((key) => !/:(workers|worker:[^:]+|control|audit|producer:[^:]+)$/.test(key));
    const hash = createHash('sha256');
    for (const key of lasting) hash.update(key).update((await redis.dumpBuffer(key)) ?? '');
    return `${lasting.length} keys ${hash.digest('hex')}`;
  }

  private async enqueue(queue: string, payloads: readonly object[]): Promise<void> {
    const options = { redis: { addr: this.redis.url }, prefix: this.redis.prefix() };
    const app = await NestFactory.createApplicationContext(QueueModule.forRoot(options), { logger: false });
    const jobs = payloads.map((payload) => ({ kind: 'file.digest', payload, queue }));
    await app.get(EnqueueService).enqueueMany(jobs);
    await app.close();
  }
}

/** Asks bash whether it could read a script, without running it. */
export function checkSyntax(script: string): Promise<Ran> {
  return runBash(['--norc', '-n', '-c', script], tmpdir());
}

function runBash(args: readonly string[], cwd: string): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile('bash', args, { cwd, env: { PATH: process.env['PATH'] } }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
    child.stdin?.end();
  });
}
