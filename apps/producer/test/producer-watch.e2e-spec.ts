import { AppProcess, storedJobs, useRedis, waitForValue, waitUntil, type StoredJob } from '@app/testing';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** The full sizes are 10,000 and 1,000; the short ones keep `npm test` short. */
const BURST = Number(process.env['WATCH_BURST'] ?? 2_000);
const RESTART_FILES = Number(process.env['WATCH_RESTART_FILES'] ?? 200);
const PATIENCE_MS = 30_000 + BURST * 10;
const STABLE_FOR_MS = 300;

describe('the producer that watches', () => {
  const redis = useRedis();
  const started: AppProcess[] = [];
  let base: string;
  let folder: string;

  beforeEach(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'producer-watch-')));
    folder = join(base, 'inbox');
    mkdirSync(folder);
  });

  afterEach(async () => {
    await Promise.all(started.splice(0).map((app) => app.stop('SIGKILL')));
    rmSync(base, { recursive: true, force: true });
  });

  async function start(app: 'producer' | 'worker', settings = {}, env = {}): Promise<AppProcess> {
    const process = await AppProcess.start(app, {
      env,
      settings: {
        'redis.addr': redis.addr,
        'redis.password': redis.password,
        'queue.prefix': redis.prefix(),
        'queue.completed.keep_count': BURST * 2,
        'producer.scan_dir': folder,
        'producer.watch': true,
        'producer.stable_for': `${STABLE_FOR_MS}ms`,
        'producer.rescan_interval': '1h', // so that the watch itself is tested
        'producer.rate_limit_per_sec': 0,
        ...settings,
      },
    });
    started.push(process);
    return process;
  }

  /** Settles when the folder is watched and its first scan is done. */
  async function watching(settings = {}, env = {}): Promise<AppProcess> {
    const app = await start('producer', settings, env);
    const isDone = () => app.messages.some((message) => (message as { type: string }).type === 'scan-done');
    await waitUntil(isDone, { timeoutMs: PATIENCE_MS, what: 'the first scan' }).catch((cause: unknown) => {
      throw new Error(app.output, { cause });
    });
    return app;
  }

  function file(place: string, text = place): string {
    const path = join(folder, place);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  const jobs = () => storedJobs(redis.redis, redis.prefix());
  const places = async () => (await jobs()).map((job) => pathOf(job).slice(folder.length + 1)).toSorted();
  const untilPlaces = (...wanted: string[]) =>
    waitForValue(places, wanted.toSorted(), { timeoutMs: PATIENCE_MS, everyMs: 50 });
  const untilJobs = (count: number) =>
    waitUntil(async () => (await jobs()).length >= count, {
      timeoutMs: PATIENCE_MS,
      everyMs: 100,
      what: `${count} jobs`,
    });

  /** A file that comes last: when it has its job, what came before it has been looked at, too. */
  async function untilMarker(name: string): Promise<void> {
    const path = file(name);
    await waitUntil(async () => (await jobs()).some((job) => pathOf(job) === path), {
      timeoutMs: PATIENCE_MS,
      everyMs: 50,
      what: `the job of ${name}`,
    });
  }

  /** One job a path, and the digest that the worker found is that of the file as it is now. */
  async function expectDigests(contents: ReadonlyMap<string, string>): Promise<void> {
    const worker = await start('worker');
    const completed = () => worker.metric('jobs_completed_total');
    await waitUntil(async () => (await completed()) >= contents.size, { timeoutMs: PATIENCE_MS, what: 'the work' });
    const stored = await jobs();
    expect(stored).toHaveLength(contents.size);
    const found = stored.map((job) => [pathOf(job), (job.result as { sha256: string }).sha256] as const);
    const wanted = [...contents].map(
      ([path, text]) => [path, createHash('sha256').update(text).digest('hex')] as const,
    );
    expect(new Map(found)).toEqual(new Map(wanted));
  }

  it(
    `takes ${BURST} files of a burst once each, with their final digest, and stays ready`,
    async () => {
      const app = await watching({ 'producer.stable_for': '1s' }); // longer than a busy machine may stop the writer
      const contents = new Map<string, string>();
      const startedMs = performance.now();

      for (let index = 0; index < BURST; index += 1) {
        const place = `d${index % 20}/e${index % 3}/${index}.txt`;
        contents.set(file(place), place);
        if (index % 100 === 0) await nextTurn();
      }

      const writtenMs = performance.now();
      expect((await app.get('/healthz')).status).toBe(200);
      expect((await app.get('/readyz')).status).toBe(200);
      await untilJobs(BURST);
      const takenMs = performance.now();
      figures({ burst: BURST, writtenMs: writtenMs - startedMs, takenMs: takenMs - startedMs });
      await untilMarker('last');
      contents.set(join(folder, 'last'), 'last');
      await expectDigests(contents);
      expect(await app.metric('jobs_duplicate_total')).toBe(0); // none was asked about twice
      expect(await app.stop()).toEqual({ code: 0, signal: null });
    },
    4 * PATIENCE_MS,
  );

  it(
    `neither misses nor repeats one of ${RESTART_FILES} files written while it restarts`,
    async () => {
      let app = await watching();
      const contents = new Map<string, string>();
      const restartAt = new Set([0.2, 0.5, 0.8].map((share) => Math.floor(share * RESTART_FILES)));
      const restarts: Promise<void>[] = [];

      for (let index = 0; index < RESTART_FILES; index += 1) {
        const place = `d${index % 7}/${index}.txt`;
        contents.set(file(place), place);
        if (restartAt.has(index)) {
          const isKilled = restarts.length === 1;
          await app.stop(isKilled ? 'SIGKILL' : 'SIGTERM');
          restarts.push(watching().then((next) => void (app = next)));
        }
        if (index % 5 === 0) await nextTurn();
        if (restartAt.has(index + 1)) await restarts.at(-1);
      }
      await Promise.all(restarts);

      await untilJobs(RESTART_FILES);
      await untilMarker('last');
      contents.set(join(folder, 'last'), 'last');
      await expectDigests(contents);
    },
    4 * PATIENCE_MS,
  );

  it('waits for slow writers, and takes what they wrote once', async () => {
    await watching();
    const contents = new Map<string, string>();
    const endMs = performance.now() + 5 * STABLE_FOR_MS;

    for (let part = 0; performance.now() < endMs; part += 1) {
      for (const name of ['a', 'b', 'c']) appendFileSync(join(folder, name), `${part} `);
      expect(await jobs()).toEqual([]);
      contents.set('parts', `${(contents.get('parts') ?? '') + part} `);
    }

    await untilJobs(3);
    const text = contents.get('parts')!;
    await expectDigests(new Map(['a', 'b', 'c'].map((name) => [join(folder, name), text])));
  });

  it('takes a file again when it changed, and not when it was only touched upon', async () => {
    await watching();
    file('a', 'first');
    await untilPlaces('a');

    file('a', 'second, longer');
    await untilPlaces('a', 'a');
    renameSync(join(folder, 'a'), join(folder, 'b'));
    renameSync(join(folder, 'b'), join(folder, 'a')); // the same path, size and time of change
    await untilMarker('last');

    expect(await places()).toEqual(['a', 'a', 'last']);
  });

  it('takes a renamed file and the files of a renamed folder under their new paths', async () => {
    await watching();
    file('half.tmp', 'written aside');
    file('old/x/one');
    await untilPlaces('old/x/one');

    renameSync(join(folder, 'half.tmp'), join(folder, 'whole'));
    renameSync(join(folder, 'old'), join(folder, 'new'));
    await untilPlaces('old/x/one', 'whole', 'new/x/one');
    file('new/x/two');

    await untilPlaces('old/x/one', 'whole', 'new/x/one', 'new/x/two');
  });

  it('goes by the rules of the scan: globs, links, odd names', async () => {
    mkdirSync(join(folder, 'node_modules'));
    const app = await watching({ 'producer.exclude_globs': '**/*.tmp,**/node_modules/**' });
    const odd = ['new\nline', 'back\\slash', 'ünï 🎉', '*.txt', 'dir\\x/in'];
    for (const place of ['a.tmp', 'node_modules/x', 'sub/node_modules/y', ...odd]) file(place);
    symlinkSync('/etc', join(folder, 'out'));
    symlinkSync(join(folder, 'a.tmp'), join(folder, 'link'));
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/bad`), Buffer.from([0xff])]), 'x');

    await untilMarker('last');
    await untilPlaces(...odd, 'last');

    await app.stop();
    expect(app.output).toContain('skipped 2 (symlink)');
  });

  it('follows links in the folder by walking it, when links are followed', async () => {
    mkdirSync(join(folder, 'store'));
    symlinkSync('store', join(folder, 'view'));
    await watching({ 'producer.follow_symlinks': true, 'producer.include_globs': 'view/*' });

    const path = file('store/a');

    await waitForValue(async () => (await jobs()).map(pathOf), [path]);
  });

  it('waits for a folder that disappears, and follows it when it comes back', async () => {
    const app = await watching();
    file('a');
    await untilPlaces('a');

    rmSync(folder, { recursive: true });
    await waitUntil(() => app.output.includes('is gone'), { what: 'a word about it' });
    expect((await app.get('/readyz')).status).toBe(200);
    file('b');
    await untilPlaces('a', 'b');
    file('sub/c');
    await untilPlaces('a', 'b', 'sub/c');

    renameSync(folder, join(base, 'aside'));
    mkdirSync(folder); // at once: another folder, of which nobody was told that the first one went
    file('d');
    await untilPlaces('a', 'b', 'sub/c', 'd');
  });

  it('finds by walking what it was not told of', async () => {
    const preload = preloadOf(`fs.watch = () => new EventEmitter();`); // a network file system tells nothing
    await watching({ 'producer.rescan_interval': '100ms' }, { NODE_OPTIONS: preload });

    file('sub/a');

    await untilPlaces('sub/a');
  });

  it.each(['ENOSPC', 'EMFILE'])(
    'says what to do when the system refuses to watch (%s), and walks instead',
    async (code) => {
      mkdirSync(join(folder, 'sub'));
      const preload = preloadOf(
        `fs.watch = () => { throw Object.assign(new Error('${code}: no'), { code: '${code}' }); };`,
      );
      const app = await watching({ 'producer.rescan_interval': '100ms' }, { NODE_OPTIONS: preload });
      await waitUntil(() => app.output.includes('fs.inotify.max_user_'), { what: 'the remedy' });

      file('sub/a');
      await untilPlaces('sub/a');
      file('sub/a', 'changed');
      await untilPlaces('sub/a', 'sub/a');

      await app.ready();
      expect(app.output.match(/fs\.inotify\.max_user_/g)).toHaveLength(1);
    },
  );

  it('keeps to the rate limit, and stops at once in the middle of it', async () => {
    const app = await watching({ 'producer.rate_limit_per_sec': 10 });
    for (let index = 0; index < 100; index += 1) file(`${index}`);
    await untilJobs(5);

    expect(await app.stop()).toEqual({ code: 0, signal: null });

    const stored = await jobs();
    expect(stored.length).toBeLessThan(50);
    await watching();
    await untilJobs(100);
    await untilMarker('last');
    expect(new Set(await places()).size).toBe(101);
    expect(await jobs()).toHaveLength(101);
  });

  it('warns of a watch without a folder', async () => {
    const app = await start('producer', { 'producer.scan_dir': '' });

    await app.ready();

    expect(app.output).toContain('producer.watch has no effect');
  });
});

/** Node runs this before the app. */
function preloadOf(statement: string): string {
  const code = `import fs from 'node:fs';import { EventEmitter as Base } from 'node:events';import { syncBuiltinESMExports } from 'node:module';class EventEmitter extends Base { close() {} };${statement}syncBuiltinESMExports();`;
  return `--import data:text/javascript,${encodeURIComponent(code)}`;
}

function pathOf(job: StoredJob): string {
  return (job.payload as { path: string }).path;
}

/** For the full sizes, whose figures somebody wants to see. */
function figures(facts: Readonly<Record<string, number>>): void {
  if (process.env['WATCH_BURST']) console.log(JSON.stringify(facts));
}
