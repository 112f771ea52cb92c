import { once } from 'node:events';
import { request as openRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type AppProcess, QueueKeys, storedJobs, useRedis, waitUntil } from '@app/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type HttpProducer, post, startHttpProducer } from './http-producer.js';

/** 1,000,000 is the full size; the short one keeps `npm test` short. */
const LINES = Number(process.env['LINES'] ?? 100_000);
/** Every so many lines is wrong. */
const WRONG_EVERY = 1_000;
/** Their answers fill every buffer between the two several times. */
const UNREAD_LINES = 400_000;

interface Result {
  readonly line: number;
  readonly status: number;
  readonly outcome: string;
  readonly code?: string;
  readonly id?: string;
}

describe('many jobs over HTTP', () => {
  const redis = useRedis({ isPrivate: true, checkPlaces: false });
  const started: AppProcess[] = [];
  afterEach(() => Promise.all(started.splice(0).map((app) => app.stop('SIGKILL'))));

  async function start(settings = {}, env = {}): Promise<HttpProducer> {
    const producer = await startHttpProducer(redis, settings, env);
    started.push(producer.app);
    return producer;
  }

  const readyCount = () => redis.redis.llen(new QueueKeys(redis.prefix(), 0).ready('low'));

  it(
    `takes ${LINES} lines in 256 MB, and reports the refused ones by their number`,
    async () => {
      const { url, app } = await start({}, { NODE_OPTIONS: '--max-old-space-size=256' });
      const startedMs = performance.now();

      const counts = new Map<number, number>();
      const refused: number[] = [];
      let last = 0;
      let inOrder = true;
      for await (const { line, status } of send(url, Readable.from(manyLines(LINES)))) {
        counts.set(status, (counts.get(status) ?? 0) + 1);
        if (status === 400) refused.push(line);
        inOrder &&= line === last + 1;
        last = line;
      }

      const seconds = (performance.now() - startedMs) / 1_000;
      const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${app.pid}/status`, 'utf8'))![1]) / 1_024;
      console.info(`${LINES} lines in ${seconds.toFixed(1)} s, RSS peak of the producer ${peak.toFixed(0)} MiB`);
      expect(inOrder).toBe(true);
      expect(refused).toEqual(Array.from({ length: LINES / WRONG_EVERY }, (_, index) => (index + 1) * WRONG_EVERY));
      expect(Object.fromEntries(counts)).toEqual({ 201: LINES - refused.length, 400: refused.length });
      expect(await readyCount()).toBe(LINES - refused.length);
      expect(peak).toBeLessThan(350);
    },
    60_000 + LINES / 5,
  );

  it('reads no further from a client that does not read its answers, and goes on when it does', async () => {
    const { url } = await start();
    const { request, lines } = await open(url);
    const sent = pipeline(Readable.from(manyLines(UNREAD_LINES)), request);

    let before = -1;
    let same = 0;
    await waitUntil(
      async () => {
        const now = await readyCount();
        same = now === before && now > 0 ? same + 1 : 0;
        before = now;
        return same === 20;
      },
      { timeoutMs: 60_000, what: 'a standstill' },
    );
    const results = await collect(lines);
    await sent;

    expect(before).toBeLessThan(UNREAD_LINES / 2);
    expect(results.at(-1)?.line).toBe(UNREAD_LINES);
    expect(results).toHaveLength(UNREAD_LINES);
  }, 120_000);
});

describe('jobs over HTTP as NDJSON', () => {
  const redis = useRedis();
  const started: AppProcess[] = [];
  afterEach(() => Promise.all(started.splice(0).map((app) => app.stop('SIGKILL'))));

  async function start(settings = {}): Promise<HttpProducer> {
    const producer = await startHttpProducer(redis, settings);
    started.push(producer.app);
    return producer;
  }

  const readyCount = () => redis.redis.llen(new QueueKeys(redis.prefix(), 0).ready('low'));

  it('reads lines however they are cut, counts the empty ones, and needs no newline at the end', async () => {
    const { url } = await start({ 'producer.http.max_body_bytes': 270_000 });
    const long = `{"kind":"a","payload":"${'x'.repeat(300_000)}"}`;
    const text = [
      '{"kind":"a","payload":"ä"}',
      '',
      '\r',
      'no',
      long,
      '{"kind":"b","payload":1,"uniqueKey":"k"}\r',
      '{"kind":"b","payload":1,"uniqueKey":"k"}',
    ];
    const bytes = Buffer.from(text.join('\n'));
    const pieces = [bytes.subarray(0, 24), bytes.subarray(24, 25), bytes.subarray(25, 29), bytes.subarray(29)];

    const results = await collect(send(url, Readable.from(pieces)));

    expect(results.map(({ line, status, outcome, code }) => [line, status, outcome, code])).toEqual([
      [1, 201, 'stored', undefined],
      [4, 400, 'refused', 'malformed-json'],
      [5, 413, 'refused', 'body-too-large'],
      [6, 201, 'stored', undefined],
      [7, 200, 'duplicate', undefined],
    ]);
    expect((await storedJobs(redis.redis, redis.prefix())).map(({ payload }) => payload)).toContain('ä');
  });

  it('answers a line when it comes, not when the stream ends', async () => {
    const { url } = await start();
    const { request, lines } = await open(url);

    request.write('{"kind":"a","payload":1}\n');
    const first = await lines.next();
    request.end('{"kind":"a","payload":2}\n');
    const rest = await collect(lines);

    expect([first.value?.status, rest.map(({ line }) => line)]).toEqual([201, [2]]);
  });

  it('takes lines at the pace of the rate limit', async () => {
    const { url } = await start({ 'producer.rate_limit_per_sec': 20 });
    const startedMs = performance.now();

    const results = await collect(send(url, Readable.from(['{"kind":"a","payload":1}\n'.repeat(12)])));

    expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 201));
    expect(performance.now() - startedMs).toBeGreaterThan(450);
  });

  it('ends a stream when it is told to stop, and says from which line to send again', async () => {
    const { url, app } = await start();
    const { request, lines } = await open(url);
    request.write('{"kind":"a","payload":1}\n{"kind":"a","payload":2}\n');
    const stored = [(await lines.next()).value, (await lines.next()).value];

    app.signal('SIGTERM');
    const rest = await collect(lines);

    expect(stored.map((result) => result?.line)).toEqual([1, 2]);
    expect(rest).toMatchObject([{ line: 3, status: 503, code: 'draining' }]);
    expect(await app.exited).toEqual({ code: 0, signal: null });
    expect(await readyCount()).toBe(2);
  });

  it('keeps what was answered when the client breaks off', async () => {
    const { url } = await start();
    const { request, lines } = await open(url);
    request.write('{"kind":"a","payload":1}\n{"kind":"a","pay');
    await lines.next();

    request.destroy();

    expect((await post(url, { kind: 'a', payload: 2 })).status).toBe(201);
    expect(await readyCount()).toBe(2);
  });

  it('refuses the header Idempotency-Key', async () => {
    const { url } = await start();
    const headers = { 'content-type': 'application/x-ndjson', 'idempotency-key': 'k' };

    expect(await post(url, '{"kind":"a","payload":1}\n', headers)).toMatchObject({
      status: 400,
      body: { field: 'Idempotency-Key' },
    });
    expect(await readyCount()).toBe(0);
  });
});

function* manyLines(count: number): Generator<string> {
  for (let from = 1; from <= count; from += 500) {
    let block = '';
    for (let number = from; number < Math.min(from + 500, count + 1); number++)
      block += number % WRONG_EVERY === 0 ? '{"kind":7}\n' : `{"kind":"load","payload":{"number":${number}}}\n`;
    yield block;
  }
}

async function* send(url: string, body: Readable): AsyncGenerator<Result> {
  const { request, lines } = await open(url);
  body.pipe(request);
  yield* lines;
}

/** Opens a stream; its answers can be read while it is written. */
async function open(url: string): Promise<{ request: ClientRequest; lines: AsyncGenerator<Result> }> {
  const headers = { 'content-type': 'application/x-ndjson' };
  const request = openRequest(`${url}/v1/jobs`, { method: 'POST', headers });
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  answered.catch(() => undefined);
  request.on('error', () => {});
  request.flushHeaders();
  return { request, lines: resultsOf(answered) };
}

async function* resultsOf(answered: Promise<[IncomingMessage]>): AsyncGenerator<Result> {
  const [response] = await answered;
  for await (const line of createInterface({ input: response })) yield JSON.parse(line) as Result;
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of source) found.push(item);
  return found;
}
