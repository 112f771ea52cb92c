import { AppConfig } from '@app/config';
import { type Job, SnoozeJobError, UnrecoverableJobError } from '@app/queue';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HostResolver } from '../http/host-resolver.js';
import { HttpRequestHandler } from './http-request.handler.js';

let server: Server;
let port: number;
let answer: RequestListener;
let received: { headers: IncomingMessage['headers']; body: string }[];

beforeEach(async () => {
  received = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      answer(request, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A resolver that knows some names, and counts how often it is asked. */
class Names extends HostResolver {
  asked = 0;

  constructor(private readonly addresses: Readonly<Record<string, string>>) {
    super();
  }

  override async resolve(host: string): Promise<LookupAddress[]> {
    this.asked += 1;
    const address = this.addresses[host];
    return address ? [{ address, family: address.includes(':') ? 6 : 4 }] : super.resolve(host);
  }
}

interface Call {
  readonly url?: string;
  readonly body?: unknown;
  readonly allowed?: string[];
  readonly inside?: string[];
  readonly names?: HostResolver;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

function run(call: Call = {}) {
  const { url = `http://127.0.0.1:${port}/hook?key=secret`, body, signal = new AbortController().signal } = call;
  const { allowed = [], inside = [`http://127.0.0.1:${port}`], names = new HostResolver(), timeoutMs = 5_000 } = call;
  const { worker } = new AppConfig();
  const httpRequest = { allowedOrigins: allowed, privateOrigins: inside, timeoutMs };
  const job = { id: 'job-1', kind: 'http.request', payload: { url, body } } as Job<{ url: string; body: unknown }>;
  return new HttpRequestHandler({ ...worker, httpRequest }, names).handle(job, { signal, attempt: 1, workerId: 'w' });
}

const reply = (status: number, headers: Record<string, string> = {}, text = ''): RequestListener => {
  return (_request, response) => response.writeHead(status, headers).end(text);
};

it('posts the body as JSON with the id of the job, and keeps the answer', async () => {
  answer = reply(200, {}, 'thanks');

  const result = await run({ body: { order: 7, name: 'Zoë' } });

  expect(result).toEqual({ status: 200, body: 'thanks', truncated: false });
  expect(received[0]!.body).toBe('{"order":7,"name":"Zoë"}');
  expect(received[0]!.headers).toMatchObject({ 'content-type': 'application/json', 'idempotency-key': 'job-1' });
});

it('reads no more of an answer than it keeps', async () => {
  answer = (_request, response) => {
    const flood = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', flood).writeHead(200);
    flood();
  };

  const { body, truncated } = await run();

  expect({ length: body.length, truncated }).toEqual({ length: 8_192, truncated: true });
});

it.each([
  [400, 'answered 400: bad order'],
  [404, 'answered 404: bad order'],
])('never tries again after %i, and keeps the reason without the query', async (status, message) => {
  answer = reply(status, {}, 'bad order');

  const error = await run().catch((thrown: unknown) => thrown as Error);

  expect(error).toBeInstanceOf(UnrecoverableJobError);
  expect((error as Error).message).toBe(`http://127.0.0.1:${port}/hook ${message}`);
});

it.each([429, 503])('postpones the job when %i says for how long', async (status) => {
  answer = reply(status, { 'retry-after': '7' });

  const error = await run().catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(SnoozeJobError);
  expect(error).toMatchObject({ delayMs: 7_000 });
});

it('does not follow a redirect, not even to its own origin', async () => {
  answer = (request, response) => response.writeHead(307, { location: `http://${request.headers.host}/next` }).end();

  await expect(run()).rejects.toThrow(UnrecoverableJobError);

  expect(received).toHaveLength(1);
});

it('gives up on a server that hangs, before or within its answer: a failed attempt', async () => {
  answer = () => undefined;
  await expect(run({ timeoutMs: 100 })).rejects.toThrow(/did not answer within 100 ms/);

  answer = (_request, response) => void response.writeHead(200).write('x');
  const error = await run({ timeoutMs: 100 }).catch((thrown: unknown) => thrown);

  expect(error).not.toBeInstanceOf(UnrecoverableJobError);
});

it('takes a refused connection and a name nobody knows as failed attempts', async () => {
  const url = 'http://127.0.0.1:1/';

  await expect(run({ url, inside: ['http://127.0.0.1:1'] })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await expect(run({ url: 'http://nobody.invalid/', allowed: ['http://nobody.invalid'] })).rejects.not.toBeInstanceOf(
    UnrecoverableJobError,
  );
});

it('ends at once when its run is aborted, with the reason', async () => {
  const controller = new AbortController();
  answer = () => controller.abort(new Error('drain'));

  await expect(run({ signal: controller.signal })).rejects.toThrow('drain');
});

it('asks no origin that no setting allows', async () => {
  await expect(run({ inside: [] })).rejects.toThrow(/is not in worker.http_request.allowed_origins: add it there/);

  expect(received).toEqual([]);
});

it.each([
  ['metadata.example', '169.254.169.254', 'forbidden'],
  ['mapped.example', '::ffff:169.254.169.254', 'forbidden'],
  ['home.example', '127.0.0.1', 'private'],
  ['home6.example', '::1', 'private'],
])('refuses %s, an allowed origin that leads to %s', async (host, address, reach) => {
  const origin = `http://${host}:${port}`;

  const error = await run({ url: origin, allowed: [origin], names: new Names({ [host]: address }) }).catch(
    (thrown: unknown) => thrown as Error,
  );

  expect(error).toBeInstanceOf(UnrecoverableJobError);
  expect((error as Error).message).toContain(`leads to the ${reach} address ${address}`);
  expect(received).toEqual([]);
});

it.each(['2130706433', '0x7f.1', '127.1', '[::ffff:127.0.0.1]'])(
  'sees through http://%s, another spelling of loopback',
  async (host) => {
    const origin = new URL(`http://${host}:${port}`).origin;

    await expect(run({ url: origin, allowed: [origin], inside: [] })).rejects.toThrow(/leads to the private address/);
    expect(received).toEqual([]);
  },
);

it('refuses link-local addresses also of an origin that may be private', async () => {
  const names = new Names({ 'inside.example': '169.254.169.254' });
  const origin = 'http://inside.example';

  await expect(run({ url: origin, inside: [origin], names })).rejects.toThrow(/forbidden address/);
});

it('connects to the address it checked: a name is resolved once', async () => {
  answer = reply(204);
  const names = new Names({ 'inside.example': '127.0.0.1' });
  const origin = `http://inside.example:${port}`;

  const { status } = await run({ url: origin, inside: [origin], names });

  expect(status).toBe(204);
  expect(names.asked).toBe(1);
  expect(received[0]!.headers.host).toBe(`inside.example:${port}`);
});
