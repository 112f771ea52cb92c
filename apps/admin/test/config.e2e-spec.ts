import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runAdmin } from './run-admin.js';

const folder = mkdtempSync(join(tmpdir(), 'admin-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const CANARY = 'canary-5eCr3t';
/** Nobody listens there: a command that asked Redis would fail. */
const NO_REDIS = { REDIS_ADDR: '127.0.0.1:1' };

describe('config validate', () => {
  it('ends with 0 when everything is right, without Redis', async () => {
    const config = file('right.yaml', 'worker: { count: 3 }');

    const { code, stdout, stderr } = await runAdmin(['config', 'validate', `--config=${config}`], NO_REDIS);

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^valid: 2 settings given, \d+ at their default\n$/);
  });

  it('names all faults at once with their places, and ends with 2', async () => {
    const config = file('wrong.yaml', 'worker:\n  cuont: 3\n  heartbeat_ttl: 30\nqueue: { names: [] }\n');
    const args = ['config', 'validate', `--config=${config}`];
    const env = { WORKER_MAX_RETRIES: 'many' };

    const { code, stdout, stderr } = await runAdmin(args, env);
    const document = JSON.parse((await runAdmin([...args, '--json'], env)).stdout);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toHaveLength(4);
    expect(stderr).toContain(`worker.cuont: unknown key (${config}:2); did you mean worker.count?`);
    expect(stderr).toContain('worker.max_retries: found "many" (WORKER_MAX_RETRIES), expected an integer');
    expect(document).toMatchObject({ version: 1, valid: false });
    expect(document.issues.map(({ path }: { path: string }) => path)).toEqual([
      'worker.cuont',
      'queue.names',
      'worker.heartbeat_ttl',
      'worker.max_retries',
    ]);
  });

  it('tells a program with the exit code too', async () => {
    expect((await runAdmin(['config', 'validate', '--json'])).code).toBe(0);
    expect((await runAdmin(['config', 'validate', '--json'], { WORKER_COUNT: '0' })).code).toBe(2);
  });

  it('warns of a misspelt variable and stays valid', async () => {
    const { code, stderr } = await runAdmin(['config', 'validate'], { WORKER_CUONT: '3' });

    expect(code).toBe(0);
    expect(stderr).toContain(
      'note: the environment variable WORKER_CUONT is not a setting; did you mean WORKER_COUNT?',
    );
  });
});

describe('config print', () => {
  const config = file(
    'print.yaml',
    'worker:\n  count: 3\n  weights: { high: 2, low: 1 }\nqueue:\n  names: [high, low]\n',
  );
  const args = ['config', 'print', `--config=${config}`];

  it('prints YAML that is the same configuration again', async () => {
    const env = { REDIS_ADDR: 'redis.internal:6379', CIRCUIT_BREAKER_COOLDOWN_PERIOD: '90s' };
    const printed = await runAdmin(args, env);

    const again = await runAdmin(['config', 'print', `--config=${file('again.yaml', printed.stdout)}`]);

    expect(printed.stdout).toContain('  cooldown_period: 1m30s\n');
    expect(parse(printed.stdout)).toMatchObject({ worker: { count: 3 }, redis: { addr: 'redis.internal:6379' } });
    expect(again).toEqual(printed);
  });

  it('says where each value comes from', async () => {
    const origins = [...args, '--show-origin', '--scan-dir=/data/in'];

    const { stdout } = await runAdmin(origins, { REDIS__ADDR: 'redis.internal:6379' });

    expect(lineOf(stdout, 'addr: ')).toMatch(/^ {2}addr: "redis\.internal:6379" +# REDIS__ADDR$/);
    expect(lineOf(stdout, 'count: ')).toMatch(new RegExp(`^ {2}count: 3 +# ${config}:2$`));
    expect(lineOf(stdout, 'scan_dir: ')).toMatch(/^ {2}scan_dir: "\/data\/in" +# --scan-dir$/);
    expect(lineOf(stdout, 'roots: ')).toMatch(/^ {4}roots: \["\/data\/in"\] +# producer\.scan_dir$/);
    expect(lineOf(stdout, 'log_level: ')).toMatch(/^ {2}log_level: "info" +# default$/);
    expect(parse(stdout)).toMatchObject({ worker: { count: 3 } });
  });

  it.each([
    ['a variable', { REDIS_PASSWORD: CANARY }, 'REDIS_PASSWORD'],
    ['a file', { REDIS_PASSWORD_FILE: file('password', `${CANARY}\n`) }, 'REDIS_PASSWORD_FILE'],
    ['a url', { REDIS_URL: `redis://ops:${CANARY}@redis.internal:6379/2` }, 'REDIS_URL'],
    ['the file of a url', { REDIS_URL_FILE: file('url', `redis://:${CANARY}@redis.internal`) }, 'REDIS_URL_FILE'],
  ])('hides a password from %s, whatever is asked for', async (_where, env, origin) => {
    for (const flags of [['--redacted'], ['--json', '--show-origin']]) {
      const { code, stdout, stderr } = await runAdmin([...args, ...flags], env);

      expect(code).toBe(0);
      expect(stdout + stderr).not.toContain(CANARY);
    }
    const { stdout } = await runAdmin([...args, '--show-origin'], env);
    expect(stdout).not.toContain(CANARY);
    expect(lineOf(stdout, 'password: ')).toMatch(new RegExp(`^ {2}# password: \\(hidden\\) +# ${origin}$`));
  });

  it('tells a program the value, the origin, and what is hidden', async () => {
    const { stdout } = await runAdmin([...args, '--json'], { REDIS_PASSWORD: CANARY });

    const { version, settings } = JSON.parse(stdout) as { version: number; settings: { path: string }[] };

    expect(version).toBe(1);
    expect(settings.find(({ path }) => path === 'redis.password')).toEqual({
      path: 'redis.password',
      value: null,
      hidden: true,
      origin: 'REDIS_PASSWORD',
    });
    expect(settings.find(({ path }) => path === 'worker.job_timeout')).toMatchObject({ value: '10m', hidden: false });
  });

  it('refuses what an app would refuse', async () => {
    const { code, stdout, stderr } = await runAdmin([...args], { WORKER_COUNT: '0' });

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('error: worker.count: found "0" (WORKER_COUNT)');
  });

  it('shows no raw control character of a value or a file name', async () => {
    const evil = '\u001b]52;c;ZXZpbA==\u0007\u202e';
    const { stdout } = await runAdmin(['config', 'print', '--show-origin'], { PRODUCER_SCAN_DIR: evil });

    expect(stdout).toContain(String.raw`\u001b]52;c;ZXZpbA==\u0007\u202e`);
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe('config schema', () => {
  it('prints a schema that takes what config print prints', async () => {
    const validate = new Ajv({ strict: false }).compile(JSON.parse((await runAdmin(['config', 'schema'])).stdout));
    const { stdout } = await runAdmin(['config', 'print'], { REDIS_PASSWORD: CANARY });

    validate(parse(stdout));
    expect(validate.errors).toBeNull();
    expect(validate({ worker: { cuont: 1 } })).toBe(false);
  });
});

describe('config env', () => {
  it('lists the variable of every setting, and both of a secret', async () => {
    const { code, stdout } = await runAdmin(['config', 'env']);
    const { settings } = JSON.parse((await runAdmin(['config', 'env', '--json'])).stdout) as {
      settings: { path: string; variables: string[] }[];
    };

    expect(code).toBe(0);
    expect(stdout).toMatch(/^WORKER_COUNT +worker\.count +integer +16$/m);
    expect(stdout).toMatch(/^REDIS_PASSWORD_FILE +redis\.password +file name$/m);
    expect(settings.find(({ path }) => path === 'redis.url')!.variables).toEqual(['REDIS_URL', 'REDIS_URL_FILE']);
  });

  it('lists variables that really work', async () => {
    const { stdout } = await runAdmin(['config', 'env']);
    const rows = stdout.trimEnd().split('\n').slice(1);
    const fixed = rows.map((row) => row.split(/ {2,}/)).filter(([, path]) => path !== 'redis.url');
    const env = Object.fromEntries(
      fixed
        .filter(([, , type]) => type === 'integer' || type === 'bytes')
        .map(([name = '', , , value]) => [name, value]),
    );

    const printed = (await runAdmin(['config', 'print', '--show-origin'], env)).stdout;

    for (const name of Object.keys(env)) expect(printed).toMatch(new RegExp(`# ${name}$`, 'm'));
  });
});

function lineOf(text: string, part: string): string {
  return text.split('\n').find((line) => line.replace('# ', '').trimStart().startsWith(part)) ?? '';
}
