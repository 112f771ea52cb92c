import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PlantedJobs, useRedis } from '@app/testing';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { COMMAND_TABLE } from './command-table.js';
import { ADMIN_PROGRAM, type AdminRun, runAdmin } from './run-admin.js';

const folder = mkdtempSync(join(tmpdir(), 'admin-access-'));
const path = (file: string) => join(folder, file);
afterAll(() => rmSync(folder, { recursive: true }));

const NAMES = { ADMIN_ACCESS_ISSUER: 'ops', ADMIN_ACCESS_AUDIENCE: 'jobqueue' };

describe('the scope table', () => {
  it('has every command of the built CLI, with the scope that its help tells', { timeout: 120_000 }, async () => {
    const told = await commandsBelow([]);

    const scopesOf = (command: string) =>
      COMMAND_TABLE.filter((row) => row.command === command).map(({ scope }) => scope as string);
    const listed = [...new Set(COMMAND_TABLE.map(({ command }) => command))];
    expect(told.map(([command]) => command).toSorted()).toEqual(listed.toSorted());
    for (const [command, scopes] of told)
      expect([command, scopes]).toEqual([command, [...new Set(scopesOf(command))].toSorted()]);
  });

  /** Reads the help of every command: `['job show', ['admin:peek', 'admin:read']]`. */
  async function commandsBelow(above: readonly string[]): Promise<[command: string, scopes: string[]][]> {
    const { stdout } = await runAdmin([...above, '--help']);
    const list = /^Commands:\n((?: {2}.*\n?)+)/m.exec(stdout)?.[1] ?? '';
    const names = [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)]
      .map(([, name]) => name!)
      .filter((name) => name !== 'help');
    if (names.length > 0) return (await Promise.all(names.map((name) => commandsBelow([...above, name])))).flat();
    const scopes = /^Scope: (.*)$/m.exec(stdout)?.[1]?.match(/none|admin:[a-z]+/g);
    return [[above.join(' '), [...(scopes ?? ['not told'])].toSorted()]];
  }
});

describe('keys and tokens', () => {
  const keygen = (key: string, keys: string) =>
    runAdmin(['token', 'keygen', `--key=${path(key)}`, `--public=${path(keys)}`]);
  const issue = (...args: string[]) => runAdmin(['token', 'issue', ...args], NAMES);
  const keysOf = (file: string) => (JSON.parse(readFileSync(path(file), 'utf8')) as { keys: { d?: string }[] }).keys;

  it('are made in a private file and a public one, and a second pair joins the public ones', async () => {
    expect((await keygen('first.json', 'keys.json')).code).toBe(0);
    const [first] = keysOf('keys.json');
    expect((await keygen('second.json', 'keys.json')).code).toBe(0);

    expect(statSync(path('first.json')).mode & 0o777).toBe(0o600);
    expect(keysOf('keys.json')).toEqual([first, expect.anything()]);
    expect(keysOf('keys.json').every(({ d }) => d === undefined)).toBe(true);
  });

  it('never take the place of a key that is there', async () => {
    await keygen('kept.json', 'kept-keys.json');
    const before = readFileSync(path('kept.json'), 'utf8');

    const { code, stderr } = await keygen('kept.json', 'kept-keys.json');

    expect(code).toBe(2);
    expect(stderr).toContain('is never overwritten');
    expect(readFileSync(path('kept.json'), 'utf8')).toBe(before);
    expect(keysOf('kept-keys.json')).toHaveLength(1);
  });

  it('leave no private key behind when the public one cannot be added', async () => {
    writeFileSync(path('broken.json'), '{}');

    expect((await keygen('orphan.json', 'broken.json')).code).toBe(2);

    expect(() => statSync(path('orphan.json'))).toThrow('ENOENT');
  });

  it('are issued to a file that only its owner reads, or to stdout alone', async () => {
    await keygen('issuer.json', 'issuer-keys.json');
    const args = [`--key=${path('issuer.json')}`, '--sub=alice', '--scope=admin:read,admin:dlq'];

    const printed = await issue(...args);
    const filed = await issue(...args, `--out=${path('alice.jwt')}`);

    expect(printed.stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(printed.stderr).not.toContain(printed.stdout.trim());
    expect(filed.stdout).toBe(`${path('alice.jwt')}\n`);
    expect(statSync(path('alice.jwt')).mode & 0o777).toBe(0o600);
    expect((await issue(...args, `--out=${path('alice.jwt')}`)).code).toBe(2);
  });

  it.each<[string, string[], string]>([
    ['an unknown scope', ['--sub=a', '--scope=admin:all'], 'found "admin:all", expected admin:read'],
    ['no name', ['--scope=admin:read'], "required option '--sub <name>'"],
    ['a name with control characters', ['--sub=a\u001b[31m', '--scope=admin:read'], '--sub: found "a\\u001b[31m"'],
    ['a life too long', ['--sub=a', '--scope=admin:read', '--ttl=2161h'], 'from 1m to 2160h'],
    ['a key of which others read', ['--sub=a', '--scope=admin:read'], 'chmod 600'],
  ])('are not issued with %s', async (_, args, message) => {
    writeFileSync(path('open.json'), readFileSync(path('first.json')), { mode: 0o644 });

    const { code, stdout, stderr } = await issue(`--key=${path('open.json')}`, ...args);

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('access to a queue', () => {
  const redis = useRedis({ isPrivate: true, checkPlaces: false });
  let planted: PlantedJobs;
  beforeEach(async () => {
    planted = new PlantedJobs(redis.redis, redis.prefix());
    await planted.dead('dead-1', 1_000);
  });

  const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    REDIS_ADDR: redis.addr,
    REDIS_PASSWORD: redis.password,
    QUEUE_PREFIX: redis.prefix(),
    ...more,
  });
  const purge = (more?: NodeJS.ProcessEnv, ...args: string[]) =>
    runAdmin(['purge-dlq', '--reason=a test', ...args], env(more));
  const deadCount = () => redis.redis.zcard(planted.keys.dead);
  const logLines = ({ stderr }: AdminRun) =>
    stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it('without tokens is open, says so before it destroys, and is recorded under the name of the machine', async () => {
    const run = await purge({}, '--yes');

    expect(run.code).toBe(0);
    expect(run.stderr).toContain('note: admin.access.mode is off: nobody checks who does this');
    const lines = logLines(run);
    expect(lines.map(({ phase }) => phase)).toEqual(['intent', 'result']);
    expect(lines[0]!.run).toBe(lines[1]!.run);
    expect(lines[1]).toMatchObject({
      level: 'info',
      app: 'admin',
      msg: 'audit',
      command: 'purge-dlq',
      scope: 'admin:dlq',
      access: 'off',
      who: expect.stringContaining('@'),
      reason: 'a test',
      result: 'done',
      filter: {},
      counts: expect.objectContaining({ applied: 1 }),
    });
  });

  it('in production refuses changes without tokens, but not a look', async () => {
    const production = { NODE_ENV: 'production' };

    const refused = await purge(production, '--yes');
    const looked = await purge(production, '--dry-run');

    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('set admin.access.mode: token');
    expect(logLines(refused)).toEqual([expect.objectContaining({ phase: 'refused', level: 'warn' })]);
    expect(looked.code).toBe(0);
    expect(looked.stdout).toContain('would purge 1 of 1');
    expect(await deadCount()).toBe(1);
    expect(await redis.redis.xlen(planted.keys.audit)).toBe(1);
  });

  it('records what was not confirmed', async () => {
    expect((await purge()).code).toBe(4);

    const { stdout } = await runAdmin(['audit', '--json'], env());
    expect(JSON.parse(stdout)).toMatchObject({
      entries: [{ phase: 'refused', command: 'purge-dlq', reason: 'a test' }],
    });
  });

  it('changes nothing that it cannot record', async () => {
    await redis.redis.set(planted.keys.audit, 'no stream');

    const run = await purge({}, '--yes');

    expect({ code: run.code, stdout: run.stdout }).toEqual({ code: 4, stdout: '' });
    expect(run.stderr).toContain('nothing was changed: the audit trail cannot be written');
    expect(await deadCount()).toBe(1);
  });

  it('changes and records when Redis is full: to make room is what it is for', async () => {
    await redis.redis.config('SET', 'maxmemory', '1');
    try {
      expect((await purge({}, '--yes')).code).toBe(0);
    } finally {
      await redis.redis.config('SET', 'maxmemory', '0');
    }

    expect(await deadCount()).toBe(0);
    expect(await redis.redis.xlen(planted.keys.audit)).toBe(2);
  });

  it('keeps as much of the trail as admin.audit.stream_max_len says', async () => {
    const pipeline = redis.redis.pipeline();
    for (let at = 0; at < 1_500; at++) pipeline.xadd(planted.keys.audit, '*', 'phase', 'result');
    await pipeline.exec();

    await purge({ ADMIN_AUDIT_STREAM_MAX_LEN: '1000' }, '--yes');

    expect(await redis.redis.xlen(planted.keys.audit)).toBeLessThan(1_200);
  });

  it('shows the trail, the newest first, and no control characters of it', async () => {
    await purge({}, '--yes');
    await redis.redis.xadd(planted.keys.audit, '*', 'phase', 'refused', 'who', '\u001b]52;c;ZXZpbA==\u0007');

    const { stdout } = await runAdmin(['audit', '--n=2'], env());

    const [head, ...lines] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^WHEN +WHAT +WHO +COMMAND/);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('refused  \\u001b]52;c;ZXZpbA==\\u0007');
    expect(lines[1]).toMatch(/done .* purge-dlq .*applied=1.* a test$/);
  });

  describe('with tokens', () => {
    const tokenMode = (more: NodeJS.ProcessEnv = {}) => ({
      ...NAMES,
      ADMIN_ACCESS_MODE: 'token',
      ADMIN_ACCESS_KEY_FILE: path('mode-keys.json'),
      ...more,
    });

    async function issued(key: string, scope: string): Promise<string> {
      const { stdout } = await runAdmin(
        ['token', 'issue', `--key=${path(key)}`, '--sub=alice', `--scope=${scope}`],
        NAMES,
      );
      return stdout.trim();
    }

    it('takes the one of --token-file, of $ADMIN_TOKEN_FILE, of $ADMIN_TOKEN, and knows no flag for it', async () => {
      await runAdmin(['token', 'keygen', `--key=${path('mode.json')}`, `--public=${path('mode-keys.json')}`]);
      const [good, bad] = [await issued('mode.json', 'admin:read'), await issued('mode.json', 'admin:bench')];
      writeFileSync(path('good.jwt'), `${good}\n`);
      writeFileSync(path('bad.jwt'), bad);
      const stats = (more: NodeJS.ProcessEnv, ...args: string[]) => runAdmin(['stats', ...args], env(tokenMode(more)));

      expect((await stats({ ADMIN_TOKEN: good })).code).toBe(0);
      expect((await stats({ ADMIN_TOKEN: bad, ADMIN_TOKEN_FILE: path('good.jwt') })).code).toBe(0);
      expect((await stats({ ADMIN_TOKEN_FILE: path('bad.jwt') }, `--token-file=${path('good.jwt')}`)).code).toBe(0);
      expect((await stats({ ADMIN_TOKEN: good }, `--token-file=${path('bad.jwt')}`)).code).toBe(4);
      expect((await stats({ ADMIN_TOKEN: good }, '--token-file=/no/such/file')).code).toBe(2);
      expect((await stats({ ADMIN_TOKEN: good }, '--token-file=/dev/zero')).code).toBe(2);
      expect((await stats({}, `--token=${good}`)).code).toBe(2);
    });

    it('goes on with the tokens of the old key while the new one is brought in, and ends with it', async () => {
      const keygen = (key: string) =>
        runAdmin(['token', 'keygen', `--key=${path(key)}`, `--public=${path('rotated.json')}`]);
      const stats = async (token: string) =>
        (await runAdmin(['stats'], env(tokenMode({ ADMIN_ACCESS_KEY_FILE: path('rotated.json'), ADMIN_TOKEN: token }))))
          .code;
      await keygen('old.json');
      const old = await issued('old.json', 'admin:read');
      await keygen('new.json');
      const fresh = await issued('new.json', 'admin:read');

      expect([await stats(old), await stats(fresh)]).toEqual([0, 0]);
      const { keys } = JSON.parse(readFileSync(path('rotated.json'), 'utf8')) as { keys: unknown[] };
      writeFileSync(path('rotated.json'), JSON.stringify({ keys: keys.slice(1) }));
      expect([await stats(old), await stats(fresh)]).toEqual([4, 0]);
    });

    it.each<[string, () => void, string]>([
      ['is not there', () => rmSync(path('odd.json'), { force: true }), 'cannot be read'],
      ['is no JSON', () => writeFileSync(path('odd.json'), 'no JSON s3cret'), 'is not as expected: JSON'],
      ['holds no keys', () => writeFileSync(path('odd.json'), '{"keys":[]}'), 'a JSON Web Key Set of Ed25519 keys'],
      ['holds a private key', privateSet, 'it holds a private key'],
    ])('opens nothing when the key file %s', async (_, prepare, message) => {
      prepare();

      const { code, stdout, stderr } = await runAdmin(
        ['stats'],
        env(tokenMode({ ADMIN_ACCESS_KEY_FILE: path('odd.json'), ADMIN_TOKEN: 'x.y.z' })),
      );

      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(message);
      expect(stderr).not.toContain('s3cret');
    });
  });
});

describe('docs/security.md', () => {
  const redis = useRedis();

  it('sets access up as it is written there, from the keys to the trail', { timeout: 120_000 }, async () => {
    const whole = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8');
    const page = whole.slice(0, whole.indexOf('## The Redis users of the apps'));
    const blocks = (language: string) =>
      [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, text]) => text!);
    const cwd = mkdtempSync(join(folder, 'page-'));
    symlinkSync(dirname(dirname(dirname(ADMIN_PROGRAM))), join(cwd, 'dist'));
    writeFileSync(join(cwd, 'config.yaml'), blocks('yaml')[0]!);
    const env = {
      PATH: process.env.PATH,
      REDIS_ADDR: redis.addr,
      REDIS_PASSWORD: redis.password,
      QUEUE_PREFIX: redis.prefix(),
    };

    const script = blocks('bash').join('');
    const { stdout } = await promisify(execFile)('bash', ['-e', '-c', script], { cwd, env });

    expect(script.split('\n').length).toBeGreaterThan(8);
    expect(stdout).toContain('would purge 0 of 0');
    expect(stdout).toContain('Nothing is recorded.');
  });
});

it('what checks tokens is no part of the file that every command loads', () => {
  expect(readFileSync(join(dirname(ADMIN_PROGRAM), 'main.cjs'), 'utf8')).not.toContain('ERR_JWKS_NO_MATCHING_KEY');
  expect(readFileSync(join(dirname(ADMIN_PROGRAM), 'access/tokens/index.js'), 'utf8')).toContain(
    'ERR_JWKS_NO_MATCHING_KEY',
  );
});

function privateSet(): void {
  const key: unknown = JSON.parse(readFileSync(path('first.json'), 'utf8'));
  writeFileSync(path('odd.json'), JSON.stringify({ keys: [key] }));
}
