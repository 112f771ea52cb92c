import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TcpProxy } from './tcp-proxy.js';
import { waitForValue, waitUntil } from './wait-until.js';

describe('TcpProxy', () => {
  let echo: Server;
  let heard: string;
  let proxy: TcpProxy;
  const clients: Socket[] = [];

  beforeEach(async () => {
    heard = '';
    echo = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        heard += chunk.toString();
        socket.write(chunk);
      });
    }).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    proxy = await TcpProxy.start(`127.0.0.1:${(echo.address() as AddressInfo).port}`);
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await proxy.close();
    echo.close();
  });

  async function client() {
    const socket = connect(proxy.port, '127.0.0.1');
    clients.push(socket);
    const seen = { text: '', isClosed: false, socket };
    socket.on('data', (chunk) => (seen.text += chunk.toString()));
    socket.on('error', () => {});
    socket.on('close', () => (seen.isClosed = true));
    await once(socket, 'connect');
    await waitUntil(() => proxy.connections === clients.length);
    return seen;
  }

  it('passes bytes both ways', async () => {
    const seen = await client();

    seen.socket.write('PING');

    await waitForValue(() => [heard, seen.text], ['PING', 'PING']);
    expect(proxy.connections).toBe(1);
  });

  it('cuts every connection, and lets the client come back', async () => {
    const first = await client();

    proxy.cut();

    await waitUntil(() => first.isClosed);
    expect(proxy.connections).toBe(0);
    clients.length = 0;
    const second = await client();
    second.socket.write('again');
    await waitUntil(() => second.text === 'again');
  });

  it('refuses new connections, keeps the old one, and accepts again on the same port', async () => {
    const old = await client();

    await proxy.refuse();

    const refused = connect(proxy.port, '127.0.0.1');
    const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
    old.socket.write('still here');
    await waitUntil(() => old.text === 'still here');

    await proxy.accept();
    const later = await client();
    later.socket.write('welcome');
    await waitUntil(() => later.text === 'welcome');
  });

  it('delays every byte, in order', async () => {
    const seen = await client();
    proxy.delay(60);
    const startMs = performance.now();

    seen.socket.write('a');
    seen.socket.write('b');

    await waitUntil(() => seen.text === 'ab');
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(115); // there and back
  });

  it('holds replies while the server already works, and delivers them on release', async () => {
    const seen = await client();
    proxy.hold('replies');

    seen.socket.write('write me');

    await waitUntil(() => heard === 'write me');
    expect(seen.text).toBe('');
    proxy.release();
    await waitUntil(() => seen.text === 'write me');
  });

  it('swallows the reply of one matching request only, after the server has done it', async () => {
    const seen = await client();
    const swallowed = proxy.swallowNextReply((chunk) => chunk.includes('SET'));
    seen.socket.write('GET');
    await waitUntil(() => seen.text === 'GET');

    seen.socket.write('SET');

    await swallowed;
    await waitUntil(() => seen.isClosed);
    expect(heard).toBe('GETSET');
    expect(seen.text).toBe('GET');
  });

  it('cuts in the middle of a reply', async () => {
    const seen = await client();
    proxy.cutAfterReplyBytes(3);

    seen.socket.write('abcdef');

    await waitUntil(() => seen.isClosed);
    expect(heard).toBe('abcdef');
    expect('abc').toContain(seen.text);
  });

  it('leaves half-open connections silent for ever, while new ones work', async () => {
    const deaf = await client();
    proxy.goHalfOpen();

    deaf.socket.write('anybody?');

    const fresh = await client();
    fresh.socket.write('hello');
    await waitUntil(() => fresh.text === 'hello');
    expect(await Promise.race([once(deaf.socket, 'close'), sleep(100, 'silence')])).toBe('silence');
    expect(deaf.text).toBe('');
  });
});
