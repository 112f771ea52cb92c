import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { StartError } from '@app/observability';
import { Certificates, type Identity, useRedis } from '@app/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ObservedApp, type ObservedOptions } from './observed-app.js';

describe('the listener of health and metrics with TLS', () => {
  const redis = useRedis();
  const files = new Certificates();
  let app: ObservedApp | undefined;
  beforeAll(() => {
    files.authority('ca');
    files.authority('other-ca');
    files.sign('server', 'ca');
    files.sign('other-server', 'ca');
    files.sign('client', 'ca');
    files.sign('stranger', 'other-ca');
    files.sign('expired', 'ca', { days: -1 });
    writeFileSync(files.path('nonsense'), 'no PEM');
  });
  afterAll(() => files.remove());
  afterEach(() => app?.close());

  const tls = (more: Partial<ObservedOptions['tls']> = {}) => ({
    enabled: true,
    certFile: files.path('server.pem'),
    keyFile: files.path('server.key'),
    caFile: files.path('ca.pem'),
    ...more,
  });

  async function start(options: ObservedOptions = {}): Promise<ObservedApp> {
    app = undefined;
    return (app = await ObservedApp.start(redis, { tls: tls(), ...options }));
  }

  /** Asks as a scraper does that trusts our authority, with or without a certificate of its own. */
  async function ask(path: string, identity?: Identity, more: RequestOptions = {}): Promise<[number, string]> {
    const request = get(`${app!.address}${path}`, { ca: files.read('ca.pem'), agent: false, ...identity, ...more });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return [response.statusCode!, await text(response)];
  }

  /** A connection without a certificate. */
  async function open(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const { hostname: host, port } = new URL(app!.address);
    const socket = connect({ host, port: Number(port), ca: files.read('ca.pem'), ...options });
    await once(socket, 'secureConnect');
    return socket;
  }

  it('shows the metrics to a client with a certificate of its authority', async () => {
    await start();

    const [status, body] = await ask('/metrics', files.identity('client'));

    expect(status).toBe(200);
    expect(body).toContain('build_info');
    expect(app!.logs.map(({ msg }) => msg)).toContainEqual(expect.stringContaining('metrics on https://127.0.0.1:'));
  });

  it.each([
    ['none', undefined],
    ['one of another authority', 'stranger'],
    ['one that has expired', 'expired'],
  ])('shows no metrics to a client with a certificate that is no good: %s', async (_, name) => {
    await start();

    const [status, body] = await ask('/metrics', name === undefined ? undefined : files.identity(name));

    expect(status).toBe(403);
    expect(body).toContain('observability.tls.ca_file');
    expect(body).not.toContain('build_info');
  });

  it('tells everybody whether the app is alive, as a kubelet asks without a certificate', async () => {
    await start();

    expect((await ask('/healthz'))[0]).toBe(200);
  });

  it('shows no metrics to a resumed session that began without a certificate', async () => {
    await start();
    const first = await open();
    const [session] = (await once(first, 'session')) as [Buffer];
    first.destroy();

    const resumed = await open({ session });
    resumed.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');

    expect(resumed.isSessionReused()).toBe(true);
    expect(await text(resumed)).toMatch(/^HTTP\/1.1 403 /);
  });

  it('demands certificate and token where both are set', async () => {
    writeFileSync(files.path('token'), 's3cret');
    await start({ bearerTokenFile: files.path('token') });
    const headers = { authorization: 'Bearer s3cret' };

    expect((await ask('/metrics', undefined, { headers }))[0]).toBe(403);
    expect((await ask('/metrics', files.identity('client')))[0]).toBe(401);
    expect((await ask('/metrics', files.identity('client'), { headers }))[0]).toBe(200);
  });

  it('demands no certificate without an authority', async () => {
    await start({ tls: tls({ caFile: '' }) });

    expect((await ask('/metrics'))[0]).toBe(200);
  });

  it('speaks no plain HTTP', async () => {
    await start();

    await expect(fetch(`${app!.address.replace('https', 'http')}/healthz`)).rejects.toThrow('fetch failed');
  });

  it.each([
    ['certFile', '/no/such/file', 'observability.tls.cert_file: cannot read /no/such/file (ENOENT)'],
    ['keyFile', '/no/such/file', 'observability.tls.key_file: cannot read /no/such/file (ENOENT)'],
    ['caFile', '/no/such/file', 'observability.tls.ca_file: cannot read /no/such/file (ENOENT)'],
    ['certFile', 'nonsense', 'holds no certificate in PEM'],
    ['caFile', 'nonsense', 'observability.tls.ca_file: '],
    ['keyFile', 'nonsense', 'is no private key of the certificate in '],
    ['keyFile', 'other-server.key', 'is no private key of the certificate in '],
  ])('does not open without what it is made of: %s %s', async (name, file, message) => {
    const path = file.startsWith('/') ? file : files.path(file);

    const started = start({ tls: tls({ [name]: path }) });

    await expect(started).rejects.toThrow(StartError);
    await expect(started).rejects.toThrow(message);
  });
});
