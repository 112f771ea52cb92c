import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { AppProcess, type TestRedis } from '@app/testing';

/** A built producer that takes jobs over HTTP on a free port, and its address. */
export interface HttpProducer {
  readonly app: AppProcess;
  readonly port: number;
  readonly url: string;
}

type Settings = Readonly<Record<string, string | number | boolean>>;

/** Starts one and waits until it is ready. The caller stops it. */
export async function startHttpProducer(
  redis: TestRedis,
  settings: Settings = {},
  env: NodeJS.ProcessEnv = {},
  build?: string,
): Promise<HttpProducer> {
  const port = await freePort();
  const app = await AppProcess.start('producer', {
    env,
    ...(build ? { build } : {}),
    settings: {
      'redis.addr': redis.addr,
      'redis.password': redis.password,
      'queue.prefix': redis.prefix(),
      'producer.rate_limit_per_sec': 0,
      'producer.http.enabled': true,
      'producer.http.port': port,
      ...settings,
    },
  });
  await app.ready();
  return { app, port, url: `http://127.0.0.1:${port}` };
}

/** What specs look at in an answer, or in one result of many. */
export interface AnswerFields {
  readonly index?: number;
  readonly status?: number;
  readonly outcome?: string;
  readonly id?: string;
  readonly queue?: string;
  readonly state?: string | null;
  readonly runAt?: string | null;
  readonly code?: string;
  readonly remedy?: string;
}

/** What came back. `results`: of many; else empty. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnswerFields;
  readonly results: readonly AnswerFields[];
}

/** A text or bytes are sent as they are, anything else as JSON. */
export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  return ask(`${url}/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: isRaw ? (body as string) : JSON.stringify(body),
  });
}

/** A GET. */
export function get(url: string, path: string): Promise<Answer> {
  return ask(`${url}${path}`, {});
}

async function ask(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const { status, headers } = response;
  const value = (await response.json()) as AnswerFields | readonly AnswerFields[];
  return Array.isArray(value)
    ? { status, headers, body: {}, results: value as readonly AnswerFields[] }
    : { status, headers, body: value as AnswerFields, results: [] };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
