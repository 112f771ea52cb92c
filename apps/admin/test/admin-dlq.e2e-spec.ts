import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PlantedJobs, useRedis, waitUntil } from '@app/testing';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_PROGRAM, runAdmin } from './run-admin.js';

const HOSTILE = '\u001b]52;c;ZXZpbA==\u0007 \u202egnp.exe';
const RAW_CONTROL = /[\p{Cc}\p{Cf}]/u;

const folder = mkdtempSync(join(tmpdir(), 'admin-dlq-'));
afterAll(() => rmSync(folder, { recursive: true }));

const partitions = 3;

describe('admin dlq, purge-dlq, queue purge and purge-all', () => {
  const redis = useRedis({ checkPlaces: false });
  let file: string;
  let planted: PlantedJobs[];

  beforeEach(() => {
    file = join(folder, `${redis.prefix()}.yaml`);
    const settings = {
      redis: { addr: redis.addr, password: redis.password },
      queue: { prefix: redis.prefix(), partitions },
    };
    writeFileSync(file, JSON.stringify(settings)); // JSON is YAML
    planted = Array.from({ length: partitions }, (_, at) => new PlantedJobs(redis.redis, redis.prefix(), at));
  });

  const admin = (...args: string[]) => runAdmin([...args, `--config=${file}`]);
  const json = async (...args: string[]) =>
    JSON.parse((await admin(...args, '--json')).stdout) as Record<string, unknown>;
  const last = () => planted.at(-1)!;

  /** A running command, whose signals and output the test handles itself. */
  function start(...args: string[]) {
    const child = spawn(process.execPath, [ADMIN_PROGRAM, ...args, `--config=${file}`]);
    return { child, ended: once(child, 'exit'), stdout: text(child.stdout), stderr: text(child.stderr) };
  }

  const failed = (fingerprint: string, summary: string) => ({
    reason: 'retries-exhausted' as const,
    attempts: 4,
    trail: [{ atMs: 1, workerId: 'w', what: 'error' as const, fingerprint, summary }],
  });

  async function plantSome() {
    for (const [at, jobs] of planted.entries()) {
      await jobs.dead(`mail-${at}`, 1_000 + at, {
        kind: 'mail.send',
        payload: { text: HOSTILE },
        history: failed('aaa', `SmtpError: ${HOSTILE}`),
      });
      await jobs.dead(`file-${at}`, 2_000 + at, {
        kind: 'file.digest',
        queue: 'high',
        history: failed('bbb', 'Error: no'),
      });
    }
    await last().dead('odd', 3_000, { record: 'garbage \u0001', history: { reason: 'malformed-record' } });
  }

  async function plantMany(count: number) {
    for (const [partition, { keys }] of planted.entries()) {
      const mine = Array.from({ length: count }, (_, at) => at).filter((at) => at % partitions === partition);
      for (let from = 0; from < mine.length; from += 5_000) {
        const part = mine.slice(from, from + 5_000);
        const record = '1 1 low test.noop\n{"payload":1}';
        await redis.redis.hset(keys.jobs, Object.fromEntries(part.map((at) => [`job-${at}`, record])));
        await redis.redis.zadd(keys.dead, ...part.flatMap((at) => [1_000 + at, `job-${at}`]));
      }
    }
  }

  const deadCount = async () =>
    (await Promise.all(planted.map(({ keys }) => redis.redis.zcard(keys.dead)))).reduce((sum, count) => sum + count);
  const readyCount = async () =>
    (await Promise.all(planted.map(({ keys }) => redis.redis.llen(keys.ready('low'))))).reduce(
      (sum, count) => sum + count,
    );

  /** Everything the server holds, key by key, as Redis itself would store it. */
  async function dump(except?: string) {
    const all = await redis.redis.keys(`{${redis.prefix()}:*`);
    const names = all.filter((name) => name !== except).toSorted();
    return Promise.all(names.map(async (name) => [name, (await redis.redis.dumpBuffer(name))?.toString('hex')]));
  }

  describe('looks', () => {
    it('dlq groups tells how many different troubles there are, and shows no control character', async () => {
      await plantSome();

      const { code, stdout, stderr } = await admin('dlq', 'groups');

      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(new RegExp(`^bbb +${partitions} +1970-01-01 00:00:02Z .*Error: no`, 'm'));
      expect(stdout).toMatch(new RegExp(`^aaa +${partitions} .*SmtpError: \\\\u001b\\]52;`, 'm'));
      expect(stdout).toMatch(/^malformed-record +1 /m);
      expect(stdout).toContain(`${2 * partitions + 1} dead in 3 groups`);
      expect(stdout.replaceAll('\n', '')).not.toMatch(RAW_CONTROL);
      expect(await json('dlq', 'groups')).toMatchObject({ version: 1, total: 2 * partitions + 1, isIndexed: true });
    });

    it('dlq list shows the first to die, filtered, without payloads', async () => {
      await plantSome();

      const { stdout } = await admin('dlq', 'list', '--kind=mail.send');

      expect(stdout.split('\n')).toHaveLength(partitions + 2);
      expect(stdout).toMatch(/^mail-0 +low +mail\.send +1970-01-01 00:00:01Z +4 +retries-exhausted +SmtpError: /m);
      expect(stdout).not.toContain('"text"');
      expect(await json('dlq', 'list', '--error=BBB', '--limit=1')).toMatchObject({ jobs: [] });
      expect(await json('dlq', 'list', '--error=bbb', '--limit=1')).toMatchObject({ jobs: [{ id: 'file-0' }] });
      expect((await json('dlq', 'list', '--older-than=24h')).jobs).toHaveLength(2 * partitions + 1);
    });

    it('dlq show has the payload, also of a record that nobody can read, and knows dead jobs only', async () => {
      await plantSome();
      await last().ready('alive');

      expect((await admin('dlq', 'show', 'mail-0')).stdout).toContain('{"text":"\\u001b]52;');
      expect((await admin('dlq', 'show', 'odd')).stdout).toContain('malformed-record: garbage \\u0001');
      expect(await admin('dlq', 'show', 'alive')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('is ready, not dead'),
      });
      expect(await admin('dlq', 'show', 'nobody')).toMatchObject({ code: 1 });
    });

    it('says when there is nothing', async () => {
      expect((await admin('dlq', 'list')).stdout).toBe('No dead jobs.\n');
      expect((await admin('dlq', 'groups')).stdout).toBe('No dead jobs.\n');
    });
  });

  it.each([
    [['purge-dlq', '--dry-run']],
    [['purge-dlq', '--dry-run', '--yes', '--kind=mail.send']],
    [['dlq', 'requeue', '--dry-run']],
    [['dlq', 'requeue', '--dry-run', '--yes', '--canary=1', '--rate=1/s']],
    [['dlq', 'import', '--dry-run', 'EXPORT']],
    [['queue', 'purge', 'low', '--dry-run']],
    [['queue', 'purge', 'low', '--dry-run', '--yes', '--kind=test.noop']],
    [['purge-all', '--dev', '--dry-run']],
    [['purge-all', '--dev', '--dry-run', '--yes']],
    [['dlq', 'export']],
    [['dlq', 'groups']],
    [['dlq', 'list']],
  ])('%j changes no byte of any key, and names where it would act', async (args) => {
    await plantSome();
    await last().ready('waits');
    await last().scheduled('later', 9e12);
    const exported = join(folder, `${redis.prefix()}-dry.ndjson`);
    await admin('dlq', 'export', `--output=${exported}`);
    const before = await dump();

    const { code, stdout } = await admin(...args.map((arg) => (arg === 'EXPORT' ? exported : arg)));

    expect(code).toBe(0);
    expect(await dump()).toEqual(before);
    if (args.includes('--dry-run')) expect(stdout).toContain(`${redis.prefix()} at ${redis.addr}/0`);
  });

  describe('purge-dlq', () => {
    it('shows in a dry run how many would go, and some of them, escaped', async () => {
      await plantSome();

      const { stdout } = await admin('purge-dlq', '--dry-run', '--kind=mail.send');

      expect(stdout).toContain(`would purge ${partitions} of ${2 * partitions + 1} dead jobs`);
      expect(stdout).toContain('{"text":"\\u001b]52;');
      expect(stdout.replaceAll('\n', '')).not.toMatch(RAW_CONTROL);
      expect(await json('purge-dlq', '--dry-run', '--kind=mail.send')).toMatchObject({
        dryRun: true,
        command: 'purge-dlq',
        meant: partitions,
        total: 2 * partitions + 1,
      });
    });

    it('refuses where nobody can be asked, and changes nothing', async () => {
      await plantSome();
      const before = await dump();

      const { code, stdout, stderr } = await admin('purge-dlq');

      expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
      expect(stderr).toContain('give --yes');
      expect(await dump(planted[0]!.keys.audit)).toEqual(before);
    });

    it('purges what is meant, and only that', async () => {
      await plantSome();

      const { code, stdout } = await admin('purge-dlq', '--yes', '--error=smtp', '--reason=test');

      expect(code).toBe(0);
      expect(stdout).toBe(`purged ${partitions} dead jobs, ${redis.prefix()} at ${redis.addr}/0\n`);
      expect(await deadCount()).toBe(partitions + 1);
      expect(await json('purge-dlq', '--yes')).toMatchObject({
        dryRun: false,
        applied: partitions + 1,
        isComplete: true,
      });
      expect(await deadCount()).toBe(0);
    });

    it.each(['SIGINT', 'SIGHUP'] as const)(
      'ends with 130 on %s, says what was done, and goes on when run again',
      async (signal) => {
        await plantMany(30_000);

        const { child, ended, stdout } = start('purge-dlq', '--yes');
        await waitUntil(async () => (await deadCount()) < 29_000);
        child.kill(signal);

        expect(await ended).toEqual([130, null]);
        const left = await deadCount();
        expect(left).toBeGreaterThan(0);
        expect(await stdout).toContain(`purged ${(30_000 - left).toLocaleString('en-US')} dead jobs`);
        expect(await stdout).toContain('run it again to go on');
        expect((await admin('purge-dlq', '--yes')).stdout).toContain(
          `purged ${left.toLocaleString('en-US')} dead jobs`,
        );
        expect(await deadCount()).toBe(0);
      },
    );

    it('goes on to its end when nobody reads its progress any more', async () => {
      await plantMany(3_000);
      const child = spawn(process.execPath, [
        ADMIN_PROGRAM,
        'dlq',
        'requeue',
        '--yes',
        '--rate=1500/s',
        `--config=${file}`,
      ]);
      const ended = once(child, 'exit');
      child.stdout.resume();
      child.stderr.once('data', () => child.stderr.destroy());

      expect(await ended).toEqual([0, null]);
      expect(await readyCount()).toBe(3_000);
    });

    it.each([
      [['--error='], '--error: found nothing'],
      [['--kind= '], '--kind: found nothing'],
      [['--queue='], '--queue: found nothing'],
      [['--limit=0'], '--limit: found "0"'],
      [['--older-than=1d'], '--older-than: found "1d"'],
      [['--knid=x'], '(Did you mean --kind?)'],
      [['extra'], 'too many arguments'],
    ])('refuses %j as wrong usage', async (args, message) => {
      const { code, stderr } = await admin('purge-dlq', '--yes', ...args);

      expect(code).toBe(2);
      expect(stderr).toContain(message);
    });
  });

  describe('dlq export and import', () => {
    async function deadBytes() {
      const parts = planted.map(async ({ keys }) => [
        await redis.redis.zrangeBuffer(keys.dead, 0, '-1', 'WITHSCORES'),
        sorted(await redis.redis.hgetallBuffer(keys.jobs)),
        sorted(await redis.redis.hgetallBuffer(keys.history)),
        await redis.redis.zrange(keys.deadGroups, 0, '-1'),
      ]);
      return Promise.all(parts);
    }

    function sorted(table: Record<string, Buffer>) {
      return Object.entries(table)
        .map(([field, value]) => `${field} ${value.toString('hex')}`)
        .toSorted();
    }

    it('undo a wrong purge byte for byte', async () => {
      await plantSome();
      await redis.redis.hset(last().keys.jobs, 'odd', Buffer.from([0, 255, 10, 128]));
      const before = await deadBytes();
      const path = join(folder, `${redis.prefix()}.ndjson`);

      const exported = await admin('dlq', 'export', `--output=${path}`);
      await admin('purge-dlq', '--yes');
      const imported = await admin('dlq', 'import', path);

      expect(exported).toMatchObject({
        code: 0,
        stdout: '',
        stderr: expect.stringContaining(`exported ${2 * partitions + 1}`),
      });
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(imported).toMatchObject({ code: 0, stdout: expect.stringContaining(`imported ${2 * partitions + 1} of`) });
      expect(await deadBytes()).toEqual(before);
      expect((await admin('dlq', 'import', path)).stdout).toContain('imported 0 of');
    });

    it('never overwrites a file', async () => {
      await plantSome();
      const path = join(folder, `${redis.prefix()}-there`);
      writeFileSync(path, 'mine');

      expect(await admin('dlq', 'export', `--output=${path}`)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('nothing is overwritten'),
      });
      expect(readFileSync(path, 'utf8')).toBe('mine');
    });

    it('export writes one line a job to stdout, safe on a terminal, and ends quietly under head', async () => {
      await plantSome();

      const { stdout, stderr } = await admin('dlq', 'export', '--kind=mail.send');

      expect(stderr).toBe('');
      expect(stdout.trimEnd().split('\n')).toHaveLength(partitions);
      expect(JSON.parse(stdout.split('\n')[0] ?? '')).toMatchObject({ version: 1, id: 'mail-0', kind: 'mail.send' });
      expect(stdout.replaceAll('\n', '')).not.toMatch(RAW_CONTROL);
      await plantMany(20_000);
      const child = spawn(process.execPath, [ADMIN_PROGRAM, 'dlq', 'export', `--config=${file}`]);
      const ended = once(child, 'exit');
      const errors = text(child.stderr);
      child.stdout.once('data', () => child.stdout.destroy());
      expect(await ended).toEqual([0, null]);
      expect(await errors).toBe('');
    });

    it('export says that stdout took not all, and fails', async () => {
      await plantSome();
      const full = openSync('/dev/full', 'w');

      const child = spawn(process.execPath, [ADMIN_PROGRAM, 'dlq', 'export', `--config=${file}`], {
        stdio: ['ignore', full, 'pipe'],
      });
      const errors = text(child.stderr!);

      expect(await once(child, 'exit')).toEqual([1, null]);
      expect(await errors).toContain('error: stdout: ENOSPC');
      closeSync(full);
    });

    it('import refuses a bad file by line, before anything is imported', async () => {
      await plantSome();
      const good = (await admin('dlq', 'export')).stdout;
      await admin('purge-dlq', '--yes');
      const bad = join(folder, `${redis.prefix()}-bad`);
      const lines = good.trimEnd().split('\n');

      for (const [text, message] of [
        [`${lines[0]}\nnonsense\n`, ':2: is not JSON'],
        [`${lines[0]}\n${lines[1]!.slice(0, 40)}`, ':2: is not JSON'],
        [`${lines[0]}\n\n`, ':2: is not JSON'],
        [`${lines[0]}\n${lines[1]!.replace('"version":1', '"version":9')}\n`, ':2: version: found 9'],
      ] as const) {
        writeFileSync(bad, text);
        expect(await admin('dlq', 'import', bad)).toMatchObject({
          code: 2,
          stdout: '',
          stderr: expect.stringContaining(message),
        });
      }
      writeFileSync(bad, Buffer.from([0x7b, 0xff, 0x0a]));
      expect((await admin('dlq', 'import', bad)).stderr).toContain(':1: is no UTF-8');
      expect((await admin('dlq', 'import', '/dev/null')).stderr).toContain('no regular file');
      expect((await admin('dlq', 'import', join(folder, 'none'))).code).toBe(2);
      expect(await deadCount()).toBe(0);
    });

    it('import names what is not as it was, and imports the rest', async () => {
      await plantSome();
      const path = join(folder, `${redis.prefix()}-other`);
      await admin('dlq', 'export', `--output=${path}`);
      await admin('purge-dlq', '--yes');
      await planted[0]!.ready('mail-0');

      const { code, stdout } = await admin('dlq', 'import', path);

      expect(code).toBe(1);
      expect(stdout).toContain('line 1: mail-0 is somewhere else in the queue by now');
      expect(await deadCount()).toBe(2 * partitions);
    });
  });

  describe('dlq requeue', () => {
    it('sends jobs back to their queues, and says what must stay', async () => {
      await plantSome();

      const { code, stdout } = await admin('dlq', 'requeue', '--yes');

      expect(code).toBe(1);
      expect(stdout).toContain(`requeued ${2 * partitions} dead jobs`);
      expect(stdout).toContain('1 stay dead: their records cannot be read');
      expect(await deadCount()).toBe(1);
    });

    it('stops after a canary that does not complete, with 5', async () => {
      await plantMany(40);

      const { code, stderr } = await admin('dlq', 'requeue', '--yes', '--canary=5', '--canary-wait=1ms');

      expect(code).toBe(5);
      expect(stderr).toContain('canary of 5: 0 died again, 0 completed, 5 are not done; nothing more was sent');
      expect(await readyCount()).toBe(5);
    });

    it('keeps its pace and can be ended by Ctrl-C', async () => {
      await plantMany(2_000);
      const { child, ended, stdout } = start('dlq', 'requeue', '--yes', '--rate=500/s');
      await waitUntil(async () => (await readyCount()) > 0);
      const startedMs = performance.now();
      await waitUntil(async () => (await readyCount()) >= 700);
      const tookMs = performance.now() - startedMs;

      child.kill('SIGINT');

      expect(tookMs).toBeGreaterThan(1_000);
      expect(await ended).toEqual([130, null]);
      expect(await stdout).toContain(`requeued ${(await readyCount()).toLocaleString('en-US')} dead jobs`);
      expect((await readyCount()) + (await deadCount())).toBe(2_000);
    });
  });
});
