import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppProcess, type BuildChange, changedBuild, useRedis, waitForValue } from '@app/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runAdmin } from '../apps/admin/test/run-admin.js';
import { type HttpProducer, post, startHttpProducer } from '../apps/producer/test/http-producer.js';

const NEW_VERSION = '9.9.9';
const { version: oldVersion } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
/** The release that is worse: every file job fails. */
const BAD_RELEASE: readonly BuildChange[] = [
  [`"${oldVersion}"`, `"${NEW_VERSION}"`],
  ['const hash = createHash("sha256");', 'const hash = createHash("sha-of-tomorrow");'],
];
const JOBS = 6;

describe('a release that is rolled back, as docs/runbooks/rollback.md does it', () => {
  const redis = useRedis();
  const folder = mkdtempSync(join(tmpdir(), 'rollback-'));
  const started: AppProcess[] = [];
  let bad: string;
  let producer: HttpProducer;
  let env: NodeJS.ProcessEnv;

  beforeAll(() => {
    bad = changedBuild('apps', 'bad-release', BAD_RELEASE);
    writeFileSync(join(folder, 'a.txt'), 'a');
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(async () => {
    env = { REDIS_ADDR: redis.addr, REDIS_PASSWORD: redis.password, QUEUE_PREFIX: redis.prefix() };
    producer = await startHttpProducer(redis, {}, {}, bad);
    started.push(producer.app);
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((app) => app.stop('SIGKILL')));
  });

  async function startWorker(build?: string): Promise<AppProcess> {
    const settings = { 'worker.max_retries': 0, 'worker.file_digest.roots': folder };
    const worker = await AppProcess.start('worker', { settings, env, ...(build ? { build } : {}) });
    started.push(worker);
    return worker.ready();
  }

  async function enqueue(more: object = {}): Promise<void> {
    const job = { kind: 'file.digest', payload: { path: join(folder, 'a.txt') }, ...more };
    const { results } = await post(producer.url, Array<object>(JOBS).fill(job));
    expect(results.map(({ outcome }) => outcome)).toEqual(Array(JOBS).fill('stored'));
  }

  const stats = async () =>
    JSON.parse((await runAdmin(['stats', '--json'], env)).stdout) as {
      dead: { total: number };
      completed: { total: number };
      queues: { ready: number; scheduled: number }[];
    };

  it(
    'brings the old build back: healthy, steady, with everything the new one stored',
    { timeout: 120_000 },
    async () => {
      const worse = await startWorker(bad);
      expect(await worse.metric('build_info', { version: NEW_VERSION })).toBe(1);
      await enqueue();
      await waitForValue(async () => (await stats()).dead.total, JOBS, { what: 'failures of the new release' });
      await enqueue({ delay: '1500ms' }); // waits across the rollback

      expect((await worse.stop()).code).toBe(0);
      const good = await startWorker();

      expect(
        execFileSync(process.execPath, ['dist/apps/worker/index.js', '--version'], { encoding: 'utf8' }),
      ).toContain(oldVersion);
      expect(await good.metric('build_info', { version: oldVersion })).toBe(1);
      expect((await good.get('/healthz')).status).toBe(200);
      await enqueue();
      await waitForValue(async () => (await stats()).completed.total, 2 * JOBS, {
        what: 'what the new release stored',
        timeoutMs: 20_000,
      });
      expect(await good.metric('jobs_failed_total')).toBe(0);
      expect(await good.metric('circuit_breaker_state')).toBe(0);
      expect((await stats()).queues.every(({ ready, scheduled }) => ready + scheduled === 0)).toBe(true);

      const file = join(folder, 'dead.ndjson');
      expect((await runAdmin(['dlq', 'export', `--output=${file}`], env)).code).toBe(0);
      expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(JOBS);
      expect((await runAdmin(['dlq', 'requeue', '--kind=file.digest', '--yes'], env)).code).toBe(0);
      await waitForValue(async () => (await stats()).completed.total, 3 * JOBS, {
        what: 'the dead ones',
        timeoutMs: 20_000,
      });
    },
  );
});
