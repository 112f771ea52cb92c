import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppProcess, useRedis, waitUntil } from '@app/testing';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

const APPS = ['producer', 'worker', 'admin'] as const;
type App = (typeof APPS)[number];

/** What must never be seen. Letters that need an escape in a URL, JSON or a pattern are among them. */
const PASSWORD = 'canary-Pa55%2Fw@rd';
const METRICS_TOKEN = 'canary-m3trics-t0ken';
const HTTP_TOKEN = 'canary-1ngest-t0ken';
const ADMIN_TOKEN = 'canary-4dmin.t0ken.x';
/** Three programs start at once. */
const PATIENCE_MS = 25_000;
const CANARY = /canary-|Pa55|t0ken/;

const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fileOf = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const SECRET_FILES = {
  OBSERVABILITY_BEARER_TOKEN_FILE: fileOf('metrics-token', `${METRICS_TOKEN}\n`),
  PRODUCER_HTTP_BEARER_TOKEN_FILE: fileOf('http-token', `${HTTP_TOKEN}\n`),
  ADMIN_TOKEN,
};

describe('a secret', () => {
  const redis = useRedis({ isPrivate: true, extraArgs: ['--maxmemory-policy', 'allkeys-lru'] });
  const running: AppProcess[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.stop('SIGKILL')));
    await redis.redis.acl('SETUSER', 'default', 'resetpass', `>${redis.password}`);
  });

  const withPassword = (addr = redis.addr) => ({
    REDIS_ADDR: addr,
    REDIS_PASSWORD_FILE: fileOf('password', `${PASSWORD}\n`),
  });

  async function start(app: App, env: NodeJS.ProcessEnv, level = 'trace'): Promise<AppProcess> {
    const settings = { 'queue.prefix': redis.prefix(), 'observability.log_level': level };
    const http = app === 'producer' ? { PRODUCER_HTTP_ENABLED: '1', PRODUCER_HTTP_PORT: String(await freePort()) } : {};
    const args = app === 'admin' ? ['serve'] : [];
    const started = await AppProcess.start(app, { args, settings, env: { ...SECRET_FILES, ...http, ...env } });
    running.push(started);
    return started;
  }

  it(
    'is used and never shown by an app: finest log, health, metrics; each warns once of an eviction policy',
    { timeout: 90_000 },
    async () => {
      await redis.redis.acl('SETUSER', 'default', `>${PASSWORD}`);
      const apps = await Promise.all(APPS.map((app) => start(app, withPassword())));

      for (const app of apps) {
        await app.ready();
        await waitUntil(() => app.output.includes('may evict jobs'), { what: 'the warning', timeoutMs: PATIENCE_MS });
        const authorization = `Bearer ${METRICS_TOKEN}`;
        const metrics = await fetch(`http://127.0.0.1:${app.port}/metrics`, { headers: { authorization } });
        const refusals = [await app.get('/metrics'), await app.get(`/metrics?token=${'x'.repeat(20)}`)];
        const health = [await app.get('/healthz'), await app.get('/readyz'), await app.get('/nowhere')];

        expect([metrics.status, ...refusals.map(({ status }) => status)]).toEqual([200, 401, 401]);
        for (const answer of [metrics, ...refusals, ...health]) expect(await answer.text()).not.toMatch(CANARY);
        expect((await app.stop()).code).toBe(0);
        expect(app.output).not.toMatch(CANARY);
        expect(app.output.split('may evict jobs')).toHaveLength(2);
      }
    },
  );

  type Case = readonly [why: string, env: () => NodeJS.ProcessEnv | Promise<NodeJS.ProcessEnv>, said: RegExp];
  const REFUSED: readonly Case[] = [
    ['WRONGPASS', () => withPassword(), /WRONGPASS/],
    ['NOAUTH', () => ({ REDIS_ADDR: redis.addr }), /NOAUTH/],
    ['nobody listens', async () => withPassword(`127.0.0.1:${await freePort()}`), /ECONNREFUSED/],
    ['a url, WRONGPASS', () => ({ REDIS_URL: urlOf(redis.addr) }), /WRONGPASS/],
    ['a url, nobody listens', async () => ({ REDIS_URL: urlOf(`127.0.0.1:${await freePort()}`) }), /ECONNREFUSED/],
  ];
  const WRONG: readonly Case[] = [
    ['a url in the wrong place', () => ({ REDIS_ADDR: urlOf(redis.addr) }), /redis\.addr: found "redis:\/\/\*\*\*@/],
    ['a url that is none', () => ({ REDIS_URL: `redis:/:${PASSWORD}@x` }), /redis\.url: found \(hidden\)/],
    [
      'two passwords',
      () => ({ ...withPassword(), REDIS_PASSWORD: `${PASSWORD}-2` }),
      /two values, REDIS_PASSWORD\w* and REDIS_PASSWORD/,
    ],
  ];

  it.each([...REFUSED, ...WRONG])('is not in what a command says that fails: %s', async (_why, envOf, said) => {
    const env = { ...SECRET_FILES, ...(await envOf()), QUEUE_PREFIX: redis.prefix() };

    for (const args of [
      ['stats'],
      ['stats', '--json'],
      ['peek'],
      ['config', 'print', '--show-origin'],
      ['config', 'validate'],
    ]) {
      const { code, output } = await runAdmin(args, env);

      expect(output).not.toMatch(CANARY);
      if (args[0] !== 'config') {
        expect(code).toBeOneOf([2, 3]);
        expect(output).toMatch(said);
      }
    }
  });

  it('is not in what a command says that refuses it: a token that is none', async () => {
    const { x } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
    const keys = fileOf(
      'keys.json',
      JSON.stringify({ keys: [{ kty: 'OKP', crv: 'Ed25519', kid: 'one', alg: 'EdDSA', x }] }),
    );
    const access = {
      ADMIN_ACCESS_MODE: 'token',
      ADMIN_ACCESS_KEY_FILE: keys,
      ADMIN_ACCESS_ISSUER: 'i',
      ADMIN_ACCESS_AUDIENCE: 'a',
    };
    const env = { ...withPassword(), ...access, QUEUE_PREFIX: redis.prefix() };
    const tokens = [{ ADMIN_TOKEN }, { ADMIN_TOKEN_FILE: fileOf('admin-token', ADMIN_TOKEN) }];

    for (const token of tokens) {
      const { code, output } = await runAdmin(['stats'], { ...env, ...token });

      expect(code).toBe(4);
      expect(output).toMatch(/token/);
      expect(output).not.toMatch(CANARY);
    }
  });

  it.each(REFUSED)(
    'is not in what an app says that Redis refuses: %s',
    async (_why, envOf, said) => {
      const env = await envOf();
      const apps = await Promise.all(APPS.map((app) => start(app, env)));

      for (const app of apps) {
        await waitUntil(() => said.test(app.output), { what: String(said), timeoutMs: PATIENCE_MS });
        const readiness = await waitUntil(() => app.get('/readyz'), { what: 'an answer', timeoutMs: PATIENCE_MS });
        const authorization = `Bearer ${METRICS_TOKEN}`;
        const metrics = await fetch(`http://127.0.0.1:${app.port}/metrics`, { headers: { authorization } });

        expect([readiness.status, metrics.status]).toEqual([503, 200]);
        expect((await readiness.text()) + (await metrics.text())).not.toMatch(CANARY);
        await app.stop();
        expect(app.output).not.toMatch(CANARY);
      }
    },
    90_000,
  );

  it.each(WRONG)('is not in what keeps an app from starting: %s', async (_why, envOf, said) => {
    const app = await start('worker', await envOf());

    expect((await app.exited).code).toBe(2);
    expect(app.output).toMatch(said);
    expect(app.output).not.toMatch(CANARY);
  });
});

function urlOf(addr: string): string {
  return `redis://ops:${encodeURIComponent(PASSWORD)}@${addr}/0`;
}

function runAdmin(args: readonly string[], env: NodeJS.ProcessEnv): Promise<{ code: number | null; output: string }> {
  const program = fileURLToPath(new URL('../../../dist/apps/admin/index.js', import.meta.url));
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH, ...env }, cwd: folder };
    const child = execFile(process.execPath, [program, ...args], options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, output: stdout + stderr }),
    );
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}
