import { AppProcess, storedJobs, useRedis, waitUntil, type StoredJob } from '@app/testing';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScanSummary } from '../src/scan/scan-report.js';
import { writeSampleTree } from './sample-tree.js';

/** 5,000 is the full size; the short one keeps `npm test` short. */
const FILES = Number(process.env['FILES'] ?? 200);
const PATIENCE_MS = 20_000 + FILES * 20;

describe('the producer', () => {
  const redis = useRedis();
  const started: AppProcess[] = [];
  let folder: string;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'producer-e2e-')));
    chmodSync(folder, 0o755);
  });

  afterEach(async () => {
    await Promise.all(started.splice(0).map((app) => app.stop('SIGKILL')));
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(app: 'producer' | 'worker', settings = {}, args: string[] = []): Promise<AppProcess> {
    const process = await AppProcess.start(app, {
      asNobody: true,
      args,
      settings: {
        'redis.addr': redis.addr,
        'redis.password': redis.password,
        'queue.prefix': redis.prefix(),
        'queue.completed.keep_count': FILES * 2,
        'producer.rate_limit_per_sec': 0,
        'worker.backoff.base': '10ms',
        'worker.backoff.max': '50ms',
        ...settings,
      },
    });
    started.push(process);
    return process;
  }

  const jobCount = async () => (await storedJobs(redis.redis, redis.prefix())).length;

  async function scan(settings = {}): Promise<ScanSummary & { app: AppProcess }> {
    const app = await start('producer', { 'producer.scan_dir': folder, ...settings });
    const done = await waitUntil(() => doneMessage(app), { timeoutMs: PATIENCE_MS, what: 'the end of the scan' }).catch(
      (cause: unknown) => {
        throw new Error(app.output, { cause });
      },
    );
    return { ...done.summary, app };
  }

  it(
    `brings ${FILES} files of mixed kinds through producer and worker, and a second scan adds none`,
    async () => {
      const tree = writeSampleTree(folder, FILES);
      const [gone, locked, closed] = tree.taken.slice(-3) as [string, string, string];
      chmodSync(closed, 0o000);
      const found = FILES - 1;

      const first = await scan();

      expect(first).toMatchObject({ complete: true, found, produced: found, duplicates: 0, excluded: tree.excluded });
      expect(first.skipped).toEqual({ unreadable: { count: 1, examples: [`${closed} (EACCES)`] } });
      expect(sum(Object.values(first.perQueue).map(({ produced }) => produced))).toBe(found);
      expect(await first.app.metric('jobs_produced_total')).toBe(found);
      await first.app.ready();
      expect(await first.app.stop()).toEqual({ code: 0, signal: null });

      rmSync(gone);
      chmodSync(locked, 0o000);
      const worker = await start('worker', { 'producer.scan_dir': folder, 'worker.max_retries': 2 });
      await worker.ready();
      const settled = () => settledCount(worker);
      await waitUntil(async () => (await settled()) === found, { timeoutMs: PATIENCE_MS, what: 'the end of the work' });

      const jobs = await storedJobs(redis.redis, redis.prefix());
      expect(jobs).toHaveLength(found);
      expect(digests(jobs)).toEqual(sha256sums(tree.taken.filter((path) => ![gone, locked, closed].includes(path))));
      expect(jobs.filter(({ queue }) => queue === 'high')).toHaveLength(first.perQueue['high']?.produced ?? 0);
      expect(jobOf(jobs, gone).history).toMatchObject({ reason: 'unrecoverable', attempts: 1 });
      expect(jobOf(jobs, gone).history.trail.at(-1)?.summary).toContain('is gone');
      expect(jobOf(jobs, locked).history).toMatchObject({ reason: 'retries-exhausted', attempts: 3 });
      expect(jobOf(jobs, locked).history.trail.at(-1)?.summary).toContain('EACCES');
      await expectSums(worker, found);
      expect(await worker.stop()).toEqual({ code: 0, signal: null });

      const second = await scan();

      expect(second).toMatchObject({ complete: true, found: FILES - 3, produced: 0, duplicates: FILES - 3 });
      expect(await second.app.metric('jobs_produced_total')).toBe(0);
      expect(await second.app.metric('jobs_duplicate_total')).toBe(FILES - 3);
    },
    4 * PATIENCE_MS,
  );

  it('reports what it cannot take, and enqueues the rest', async () => {
    for (const name of ['a.txt', 'b\nc.txt']) writeFileSync(join(folder, name), name);
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.from([0xff])]), 'x');
    mkdirSync(join(folder, 'closed'));
    chmodSync(join(folder, 'closed'), 0o000);
    symlinkSync('/etc/passwd', join(folder, 'link'));
    execFileSync('mkfifo', [join(folder, 'fifo')]);

    const summary = await scan();

    expect(summary).toMatchObject({ complete: true, found: 2, produced: 2 });
    expect(summary.skipped).toEqual({
      'not-utf8': { count: 1, examples: [`${folder}/bad\\xff`] },
      unreadable: { count: 1, examples: [`${folder}/closed (EACCES)`] },
      symlink: { count: 1, examples: [`${folder}/link`] },
      'not-a-file': { count: 1, examples: [`${folder}/fifo`] },
    });
    const jobs = await storedJobs(redis.redis, redis.prefix());
    expect(jobs.map(pathOf).toSorted()).toEqual([`${folder}/a.txt`, `${folder}/b\nc.txt`]);
  });

  it('stops in the middle of a scan when told to, and the next scan completes it', async () => {
    const tree = writeSampleTree(folder, 100);
    const slow = await start('producer', { 'producer.scan_dir': folder, 'producer.rate_limit_per_sec': 20 });
    await waitUntil(async () => (await jobCount()) > 0, { what: 'the first jobs' });

    expect(await slow.stop()).toEqual({ code: 0, signal: null });

    const stored = await jobCount();
    expect(doneMessage(slow)?.summary).toMatchObject({ complete: false, produced: stored });
    expect(stored).toBeLessThan(tree.taken.length);
    expect(await scan()).toMatchObject({ complete: true, produced: 100 - stored, duplicates: stored });
  });

  it('serves health and metrics when there is nothing to scan', async () => {
    const app = await (await start('producer')).ready();

    expect((await app.get('/healthz')).status).toBe(200);
    expect(await waitUntil(() => doneMessage(app))).toMatchObject({ summary: { root: '', complete: true, found: 0 } });
  });

  it('refuses a folder that is not there, and flags it does not know, with exit code 2', async () => {
    const noFolder = await start('producer', {}, ['--scan-dir=/does/not/exist']);
    const noFlag = await start('producer', {}, ['--scandir=/tmp']);

    expect(await noFolder.exited).toEqual({ code: 2, signal: null });
    expect(noFolder.output).toContain('producer.scan_dir: found "/does/not/exist" (ENOENT)');
    expect(await noFlag.exited).toEqual({ code: 2, signal: null });
    expect(noFlag.output).toContain("Unknown option '--scandir'");
  });

  it('prints its version', async () => {
    const app = await start('producer', {}, ['--version']);

    expect(await app.exited).toEqual({ code: 0, signal: null });
    expect(app.output).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

function doneMessage(app: AppProcess): { summary: ScanSummary } | undefined {
  return app.messages.find((message) => (message as { type: string }).type === 'scan-done') as never;
}

async function settledCount(worker: AppProcess): Promise<number> {
  return (await worker.metric('jobs_completed_total')) + (await worker.metric('jobs_dead_letter_total'));
}

/** The formula of docs/metrics.md; nothing was lost, postponed or given back here. */
async function expectSums(worker: AppProcess, jobs: number): Promise<void> {
  const read = (name: string) => worker.metric(name);
  const [consumed, completed, failed, retried, dead, running] = await Promise.all(
    ['consumed', 'completed', 'failed', 'retried', 'dead_letter']
      .map((word) => read(`jobs_${word}_total`))
      .concat(read('worker_active')),
  );
  expect({ completed, dead, running }).toEqual({ completed: jobs - 2, dead: 2, running: 0 });
  expect(consumed).toBe(completed! + failed!);
  expect(failed).toBe(retried! + dead!);
  expect(retried).toBe(2);
}

function digests(jobs: readonly StoredJob[]): Map<string, unknown> {
  const done = jobs.filter(({ result }) => result !== undefined);
  return sorted(done.map((job) => [pathOf(job), (job.result as { sha256: string }).sha256]));
}

/** What coreutils say. `-z`: one NUL after each, so that a name may be anything. */
function sha256sums(paths: readonly string[]): Map<string, unknown> {
  const args = { input: paths.join('\0'), maxBuffer: 1e9 };
  const lines = execFileSync('xargs', ['-0', 'sha256sum', '-z', '--'], args).toString().split('\0').slice(0, -1);
  return sorted(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
}

function sorted(entries: readonly (readonly [string, unknown])[]): Map<string, unknown> {
  return new Map(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function jobOf(jobs: readonly StoredJob[], path: string): StoredJob {
  return jobs.find((job) => pathOf(job) === path)!;
}

function pathOf(job: StoredJob): string {
  return (job.payload as { path: string }).path;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
