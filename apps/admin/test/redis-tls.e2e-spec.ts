import { createServer } from 'node:net';
import { AppProcess, Certificates, useRedis, waitUntil } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAdmin } from './run-admin.js';

const certificates = new Certificates();
const path = (name: string) => certificates.path(name);

describe('Redis behind TLS that asks for a client certificate', () => {
  const redis = useRedis({ isPrivate: true });
  let addr: string;
  beforeAll(async () => {
    const names = 'DNS:localhost';
    certificates.authority('ca');
    certificates.authority('other-ca');
    certificates.sign('server', 'ca', { names });
    certificates.sign('expired', 'ca', { names, days: -1 });
    certificates.sign('client', 'ca', { names: 'DNS:client' });
    const port = await freePort();
    addr = `localhost:${port}`;
    const own = ['tls-cert-file', path('server.pem'), 'tls-key-file', path('server.key')];
    const clients = ['tls-ca-cert-file', path('ca.pem'), 'tls-auth-clients', 'yes'];
    await redis.redis.call('CONFIG', 'SET', ...own, ...clients, 'tls-port', String(port));
  });
  afterAll(() => certificates.remove());

  const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
    REDIS_ADDR: addr,
    REDIS_PASSWORD: redis.password,
    REDIS_TLS_ENABLED: '1',
    REDIS_TLS_CA_FILE: path('ca.pem'),
    REDIS_TLS_CERT_FILE: path('client.pem'),
    REDIS_TLS_KEY_FILE: path('client.key'),
    QUEUE_PREFIX: redis.prefix(),
    ...more,
  });
  const withServer = (name: string) =>
    redis.redis.call('CONFIG', 'SET', 'tls-cert-file', path(`${name}.pem`), 'tls-key-file', path(`${name}.key`));

  it('is reached, by the settings and by a url', async () => {
    const { REDIS_ADDR: _addr, REDIS_PASSWORD: password, REDIS_TLS_ENABLED: _enabled, ...files } = env();

    expect(await runAdmin(['stats'], env())).toMatchObject({ code: 0 });
    expect(await runAdmin(['stats'], { ...files, REDIS_URL: `rediss://:${password}@${addr}` })).toMatchObject({
      code: 0,
    });
  });

  it.each([
    ['an unknown authority', () => ({ REDIS_TLS_CA_FILE: path('other-ca.pem') }), /unable to verify|self-signed/],
    ['no authority of ours', () => ({ REDIS_TLS_CA_FILE: '' }), /unable to verify|unable to get|self-signed/],
    ['another name', () => ({ REDIS_TLS_SERVER_NAME: 'redis.example.org' }), /altnames.*redis\.example\.org/],
    [
      'no client certificate',
      () => ({ REDIS_TLS_CERT_FILE: '', REDIS_TLS_KEY_FILE: '' }),
      /certificate required|closed|alert|ECONNRESET/i,
    ],
    ['no TLS at all', () => ({ REDIS_TLS_ENABLED: '0' }), /./],
  ])('is refused with a reason: %s', async (_what, wrong, reason) => {
    const { code, stdout, stderr } = await runAdmin(['stats'], env(wrong()));

    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/cannot be reached/);
    expect(stderr).toMatch(reason);
    expect(stderr).not.toContain(redis.password);
  });

  /** Both long-running apps that a pod probes, as they are until the callback ends. */
  async function withApps(
    more: NodeJS.ProcessEnv,
    look: (apps: readonly AppProcess[]) => Promise<void>,
  ): Promise<void> {
    const options = { env: { ...env(more), PRODUCER_HTTP_ENABLED: '0' } };
    const apps = await Promise.all((['producer', 'worker'] as const).map((name) => AppProcess.start(name, options)));
    try {
      await look(apps);
    } finally {
      await Promise.all(apps.map((app) => app.stop('SIGKILL')));
    }
  }

  /** Not ready for this reason, which tells no secret and no address; alive all the same. */
  async function expectUnready(app: AppProcess, reason: RegExp): Promise<void> {
    const body = await waitUntil(
      async () => {
        const response = await app.get('/readyz').catch(() => undefined);
        const said = await response?.text();
        return response?.status === 503 && reason.test(said!) && said;
      },
      { what: `readiness says ${reason}`, timeoutMs: 25_000 },
    );
    expect(body).not.toContain(redis.password);
    expect(body).not.toContain(addr);
    expect((await app.get('/healthz')).status).toBe(200);
  }

  it.each([
    ['an unknown authority', () => ({ REDIS_TLS_CA_FILE: path('other-ca.pem') }), /of an unknown authority/],
    ['another name', () => ({ REDIS_TLS_SERVER_NAME: 'redis.example.org' }), /is for another name/],
    [
      'no client certificate',
      () => ({ REDIS_TLS_CERT_FILE: '', REDIS_TLS_KEY_FILE: '' }),
      /wants? a client certificate/, // an alert, or a reset when that comes first
    ],
    ['no TLS at the port', () => ({ REDIS_ADDR: redis.addr, REDIS_DIAL_TIMEOUT: '1s' }), /or it speaks no TLS there/],
    ['another password', () => ({ REDIS_PASSWORD: 'wrong' }), /refuses user or password/],
  ])(
    'leaves producer and worker alive and not ready, with the reason: %s',
    { timeout: 60_000 },
    async (_what, wrong, reason) => {
      await withApps(wrong(), async (apps) => {
        for (const app of apps) await expectUnready(app, reason);
      });
    },
  );

  it('makes producer and worker ready when all is right', { timeout: 60_000 }, async () => {
    await withApps({}, async (apps) => {
      for (const app of apps) expect((await (await app.ready()).get('/healthz')).status).toBe(200);
    });
  });

  it(
    'is refused when its certificate is over; the apps say so, and are ready once it has a new one',
    { timeout: 60_000 },
    async () => {
      await withServer('expired');
      try {
        await withApps({}, async (apps) => {
          for (const app of apps) {
            await expectUnready(app, /the certificate of Redis has expired/);
            expect(app.output).toMatch(/Redis is down: .*expired/);
          }
          expect((await runAdmin(['stats'], env())).stderr).toContain('expired');

          await withServer('server');

          for (const app of apps) await app.ready();
        });
      } finally {
        await withServer('server');
      }
    },
  );

  it.each([
    ['a file that is missing', { REDIS_TLS_CA_FILE: '/nowhere/ca.pem' }, 'redis.tls.ca_file: found ENOENT'],
    ['a file that is no PEM', { REDIS_TLS_CERT_FILE: '/etc/hostname' }, 'redis.tls.cert_file: found no PEM in it'],
    ['a certificate without its key', { REDIS_TLS_KEY_FILE: '' }, 'redis.tls.key_file: found "", expected a file'],
  ])('stops the boot: %s', async (_what, wrong, said) => {
    for (const args of [['stats'], ['config', 'validate']]) {
      const { code, stderr } = await runAdmin(args, env(wrong));

      expect(code).toBe(2);
      expect(stderr.replace(/ \(\w+\),/, ',')).toContain(said);
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}
