import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRedis, type RedisServer } from '../../scripts/redis-server.mjs';

const RULES = join(import.meta.dirname, 'users.acl');
const SCRIPT = join(import.meta.dirname, 'make-users.sh');
const USERS = ['producer', 'worker', 'admin', 'metrics'];

describe('the file of Redis users', () => {
  let folder: string;
  let server: RedisServer | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'redis-users-'));
  });
  afterEach(async () => {
    await server?.stop();
    server = undefined;
    rmSync(folder, { recursive: true });
  });

  const make = (...args: string[]) =>
    execFileSync('sh', [SCRIPT, folder, ...args], { stdio: 'pipe', encoding: 'utf8' });
  const made = (name: string) => readFileSync(join(folder, name), 'utf8');
  const startWith = async (aclFile: string) => (server = await startRedis({ extraArgs: ['--aclfile', aclFile] }));

  /** What Redis answers to a login and a command of this user. */
  async function ask(username: string, password: string, command: readonly string[] = ['PING']): Promise<unknown> {
    const { host, port } = server!;
    const [name = '', ...args] = command;
    const client = new Redis({ host, port, username, password, retryStrategy: () => null });
    return new Promise((resolve) => {
      client.once('error', ({ message }) => resolve(message));
      client.once(
        'ready',
        () => void client.call(name, ...args).then(resolve, ({ message }: Error) => resolve(message)),
      );
    }).finally(() => client.disconnect());
  }

  it('as it is in the repository: the server starts, and lets nobody in', async () => {
    await startWith(RULES);

    for (const user of ['default', ...USERS]) {
      expect(await ask(user, '')).toMatch(/WRONGPASS/);
      expect(await ask(user, server!.password)).toMatch(/WRONGPASS/);
    }
  });

  it('holds no password and no hash in the repository', () => {
    expect(readFileSync(RULES, 'utf8')).not.toMatch(/nopass|[>#]/);
  });

  it('lets each user in with its own password, to the keys of the prefix', async () => {
    make('shop');

    await startWith(join(folder, 'users.acl'));

    for (const user of USERS) {
      const password = made(`${user}.password`);
      expect(password).toMatch(/^[0-9a-f]{48}$/);
      expect(await ask(user, password)).toBe('PONG');
      expect(await ask(user, password, ['LLEN', '{shop:0}:ready:low'])).toBe(0);
      expect(await ask(user, password, ['LLEN', '{jobqueue:0}:ready:low'])).toMatch(/NOPERM/);
      for (const other of USERS.filter((name) => name !== user))
        expect(await ask(other, password)).toMatch(/WRONGPASS/);
    }
    expect(await ask('default', server!.password)).toMatch(/WRONGPASS/);
  });

  it('keeps the passwords that are there, and makes the ones that are missing', () => {
    make();
    const before = { worker: made('worker.password'), admin: made('admin.password'), users: made('users.acl') };

    make();
    expect(made('users.acl')).toBe(before.users);
    rmSync(join(folder, 'worker.password'));
    make();

    expect(made('worker.password')).not.toBe(before.worker);
    expect(made('admin.password')).toBe(before.admin);
    expect(made('users.acl')).not.toBe(before.users);
  });

  it('takes users of your own: one for work on the server, one with the rules of two apps', async () => {
    const [, , producer, worker] = readFileSync(RULES, 'utf8').split(/^user \w+ /m);
    const rules = [producer, worker!.replace(/^on/, '')].map((line) => line!.trim()).join(' ');
    const own = join(folder, 'own');
    mkdirSync(own);
    copyFileSync(SCRIPT, join(own, 'make-users.sh'));
    writeFileSync(
      join(own, 'users.acl'),
      `${readFileSync(RULES, 'utf8')}user root on ~* &* +@all\nuser shop ${rules}\n`,
    );
    execFileSync('sh', [join(own, 'make-users.sh'), folder]);

    await startWith(join(folder, 'users.acl'));

    expect(await ask('root', made('root.password'), ['CONFIG', 'GET', 'port'])).toHaveLength(2);
    expect(await ask('shop', made('shop.password'), ['SET', '{jobqueue:0}:unique:a', 'id'])).toBe('OK');
    expect(await ask('shop', made('shop.password'), ['RPOP', '{jobqueue:0}:ready:low'])).toBe(null);
    expect(await ask('shop', made('shop.password'), ['FLUSHALL'])).toMatch(/NOPERM/);
  });

  it('is for its owner only', () => {
    make();

    for (const name of ['users.acl', ...USERS.map((user) => `${user}.password`)])
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  it('refuses a prefix that would mean something else in a pattern', () => {
    expect(() => make('shop*')).toThrow(/cannot be a prefix/);
  });
});
