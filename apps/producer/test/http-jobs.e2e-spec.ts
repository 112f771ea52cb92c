import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request as openRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AppProcess, storedJobs, TcpProxy, useRedis, waitUntil } from '@app/testing';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { get, type HttpProducer, post, startHttpProducer } from './http-producer.js';

/** 10,000 is the full size; the short one keeps `npm test` short. */
const HOSTILE = Number(process.env['HOSTILE'] ?? 1_000);

const KEYED = { kind: 'mail.send', payload: { to: 'a@example.org' } };

describe('jobs over HTTP', () => {
  const redis = useRedis({ isPrivate: true });
  const started: AppProcess[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'producer-http-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(() => Promise.all(started.splice(0).map((app) => app.stop('SIGKILL'))));

  async function start(settings = {}): Promise<HttpProducer> {
    const producer = await startHttpProducer(redis, settings);
    started.push(producer.app);
    return producer;
  }

  const jobs = () => storedJobs(redis.redis, redis.prefix());

  it('stores one job, says where it is, and shows it', async () => {
    const { url } = await start();

    const { status, headers, body } = await post(url, {
      ...KEYED,
      queue: 'high',
      id: 'order-17',
      maxRetries: 2,
      timeout: '1m30s',
      delay: '1h',
    });

    expect([status, headers.get('location'), body]).toEqual([
      201,
      '/v1/jobs/order-17',
      { id: 'order-17', queue: 'high', state: 'scheduled' },
    ]);
    expect(await jobs()).toEqual([expect.objectContaining({ ...KEYED, maxRetries: 2, timeoutMs: 90_000 })]);
    const shown = await get(url, '/v1/jobs/order-17');
    expect(shown).toMatchObject({
      status: 200,
      body: { id: 'order-17', kind: 'mail.send', state: 'scheduled', attempts: 0 },
    });
    expect(JSON.stringify(shown.body)).not.toContain('example.org');
  });

  it('runs at the time that is asked for', async () => {
    const { url } = await start();

    const past = await post(url, { ...KEYED, runAt: '2020-01-01T00:00:00Z' });
    const later = await post(url, { ...KEYED, runAt: '2099-01-01T01:00:00+01:00' });

    expect([past.body.state, later.body.state]).toEqual(['ready', 'scheduled']);
    expect((await get(url, `/v1/jobs/${later.body.id}`)).body.runAt).toBe('2099-01-01T00:00:00.000Z');
  });

  it.each([
    ['id', {}, { id: 'a' }],
    ['uniqueKey', {}, { uniqueKey: 'a' }],
    ['Idempotency-Key', { 'idempotency-key': '"a"' }, {}],
  ])('answers 200 with the first job to another one of the same %s', async (_name, headers, fields) => {
    const { url } = await start();

    const first = await post(url, { ...KEYED, ...fields }, headers);
    const second = await post(url, { ...KEYED, ...fields }, headers);

    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('location')).toBe(`/v1/jobs/${first.body.id}`);
    expect(await jobs()).toHaveLength(1);
  });

  it('refuses another body under the same Idempotency-Key, and takes the same one in another order', async () => {
    const { url } = await start();
    const headers = { 'idempotency-key': 'k' };
    const body = { kind: 'a', payload: { x: -0, y: 2 }, delay: '1h' };
    const { body: first } = await post(url, body, headers);

    const same = await post(url, { delay: '60m', payload: { y: 2, x: 0 }, kind: 'a' }, headers);
    const others = await Promise.all(
      [{ kind: 'b' }, { payload: 1 }, { queue: 'high' }, { delay: '2h' }, { maxRetries: 1 }, { timeout: '1s' }].map(
        (change) => post(url, { ...body, ...change }, headers),
      ),
    );

    expect(same).toMatchObject({ status: 200, body: { id: first.id } });
    expect(others.map(({ status, body: { code, id } }) => [status, code, id])).toEqual(
      others.map(() => [422, 'idempotency-key-reused', first.id]),
    );
    expect(await jobs()).toHaveLength(1);
  });

  it('takes many, with one result each, and refuses those that are wrong', async () => {
    const { url } = await start();

    const { status, results } = await post(url, [
      { ...KEYED, uniqueKey: 'a' },
      { ...KEYED, uniqueKey: 'a' },
      { kind: 'A B', payload: 1 },
      { ...KEYED, colour: 'red' },
      KEYED,
    ]);

    expect(status).toBe(200);
    expect(results.map(({ index, status: each, outcome }) => [index, each, outcome])).toEqual([
      [0, 201, 'stored'],
      [1, 200, 'duplicate'],
      [2, 400, 'refused'],
      [3, 400, 'refused'],
      [4, 201, 'stored'],
    ]);
    expect(results[3]).toMatchObject({
      field: 'colour',
      found: '"red"',
      expected: expect.stringContaining('kind, queue'),
    });
    expect(await jobs()).toHaveLength(2);
  });

  it.each(LISTENING)('does not start when %s', async (_what, settings, message) => {
    const app = await AppProcess.start('producer', {
      settings: {
        'redis.addr': redis.addr,
        'redis.password': redis.password,
        'queue.prefix': redis.prefix(),
        'producer.http.enabled': true,
        ...settings,
      },
    });
    started.push(app);

    expect(await app.exited).toEqual({ code: 2, signal: null });
    expect(app.output).toContain(message);
  });

  it('answers each fault with its status and code, names it, and stores nothing', async () => {
    const { url } = await start();

    for (const [status, code, what, body, headers = {}] of FAULTS) {
      const answer = await post(url, body, headers);

      expect({ what, status: answer.status, ...answer.body }).toMatchObject({ what, status, code });
      expect(answer.body).toMatchObject({
        detail: expect.stringMatching(/\S/),
        remedy: expect.stringMatching(/\S/),
        type: `urn:job-queue-system:problem:${code}`,
      });
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    }
    expect(await jobs()).toEqual([]);
  });

  it(`survives ${HOSTILE} hostile requests: none is a 500, none is stored, and memory stays flat`, async () => {
    const { url, app } = await start();
    const rssMiB = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${app.pid}/status`, 'utf8'))![1]) / 1_024;
    const attack = async (count: number) => {
      for (let at = 0; at < count; at += FAULTS.length) {
        const answers = FAULTS.map(([, , , body, headers = {}]) => post(url, body, headers));
        const statuses = (await Promise.all(answers)).map(({ status }) => status);
        expect(statuses).toEqual(FAULTS.map(([status]) => status));
      }
    };

    await attack(HOSTILE / 2);
    const before = rssMiB();
    await attack(HOSTILE / 2);

    console.info(`RSS after half: ${before.toFixed(0)} MiB, after all: ${rssMiB().toFixed(0)} MiB`);
    expect(rssMiB()).toBeLessThan(before + 60);
    expect(await jobs()).toEqual([]);
  }, 300_000);

  it('answers 404 to other paths, methods and jobs', async () => {
    const { url } = await start();

    const answers = await Promise.all(['/', '/v1/jobs', '/v1/jobs/none', '/metrics'].map((path) => get(url, path)));

    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [404, 'no-such-route'],
      [404, 'no-such-route'],
      [404, 'job-not-found'],
      [404, 'no-such-route'],
    ]);
    expect((await get(url, '/v1/jobs/%zz')).status).toBe(400);
  });

  it('lets in who brings the token, and looks at no body before', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, 's3cret-canary\n');
    const { url, app } = await start({ 'producer.http.bearer_token_file': file });

    const wrong = await Promise.all(
      [undefined, 'Bearer wrong', 'Basic s3cret-canary', 'Bearer'].map((authorization) =>
        post(url, '{"broken', authorization === undefined ? {} : { authorization }),
      ),
    );
    const right = await post(url, KEYED, { authorization: 'Bearer s3cret-canary' });

    expect(wrong.map(({ status, body }) => [status, body.code])).toEqual(wrong.map(() => [401, 'unauthorized']));
    expect(wrong[0]!.headers.get('www-authenticate')).toBe('Bearer realm="jobs"');
    expect(right.status).toBe(201);
    expect((await get(url, `/v1/jobs/${right.body.id}`)).status).toBe(401);
    expect(app.output + JSON.stringify(wrong)).not.toContain('canary');
  });

  it('takes only the kinds of producer.http.kinds', async () => {
    const { url } = await start({ 'producer.http.kinds': 'mail.send,file.digest' });

    const refused = await post(url, { kind: 'other', payload: 1 });
    const many = await post(url, [KEYED, { kind: 'other', payload: 1 }]);

    expect(refused).toMatchObject({ status: 403, body: { code: 'kind-not-accepted', found: '"other"' } });
    expect(many.results.map((result) => result.status)).toEqual([201, 403]);
  });

  it('answers 429 above the rate limit of all producers, and takes an array at its pace', async () => {
    const { url } = await start({ 'producer.rate_limit_per_sec': 10 });

    const burst = await Promise.all(Array.from({ length: 20 }, () => post(url, KEYED)));
    const startedMs = performance.now();
    const many = await post(
      url,
      Array.from({ length: 6 }, () => KEYED),
    );

    const limited = burst.filter(({ status }) => status === 429);
    expect(limited.length).toBeGreaterThan(10);
    expect(limited[0]).toMatchObject({ body: { code: 'rate-limited', retryAfter: 1 } });
    expect(limited[0]!.headers.get('retry-after')).toBe('1');
    expect(many.results.map((result) => result.status)).toEqual(Array.from({ length: 6 }, () => 201));
    expect(performance.now() - startedMs).toBeGreaterThan(450);
  });

  it.each([0, 100])(
    'answers 503 when the queue is full, and when Redis takes no writes, at a rate of %i',
    async (rate) => {
      const { url, app } = await start({ 'queue.max_length': 2, 'producer.rate_limit_per_sec': rate });

      const [, , full] = [await post(url, KEYED), await post(url, KEYED), await post(url, KEYED)];
      await redis.redis.config('SET', 'maxmemory', '1');
      const refused = await post(url, { ...KEYED, queue: 'high' });
      await redis.redis.config('SET', 'maxmemory', '0');

      expect(full).toMatchObject({ status: 503, body: { code: 'queue-full', retryAfter: 2 } });
      expect(full!.headers.get('retry-after')).toBe('2');
      expect(refused).toMatchObject({
        status: 503,
        body: { code: 'enqueue-refused', detail: expect.stringContaining('out-of-memory') },
      });
      expect(await jobs()).toHaveLength(2);
      expect(await (await app.get('/metrics')).text()).toMatch(
        /enqueue_refused_total\{[^}]*reason="out-of-memory"[^}]*\} 1/,
      );
    },
  );

  it('answers 503 when Redis is silent, and a repeat with the same key stores the job once', async () => {
    const proxy = await TcpProxy.start(redis.addr);
    const { url } = await start({
      'redis.addr': proxy.addr,
      'redis.write_timeout': '1s',
      'redis.read_timeout': '500ms',
    });
    const headers = { 'idempotency-key': 'once' };

    proxy.hold('replies');
    const unknown = await post(url, KEYED, headers);
    proxy.release();
    const answers: number[] = [];
    await waitUntil(async () => answers.push((await post(url, KEYED, headers)).status) && answers.at(-1)! < 300);
    await proxy.close();

    expect(unknown).toMatchObject({ status: 503, body: { code: 'enqueue-unknown', id: expect.any(String) } });
    expect(unknown.body.remedy).toContain('same Idempotency-Key');
    expect(await jobs()).toHaveLength(1);
  });

  it('runs a job once whose reply was cut off, also when it is repeated after it completed and was trimmed', async () => {
    const { port } = await start({ 'queue.completed.keep_count': 0 });
    const proxy = await TcpProxy.start(`127.0.0.1:${port}`);
    const request = () => post(`http://${proxy.addr}`, DIGEST, { 'idempotency-key': 'once' });
    const worker = await AppProcess.start('worker', {
      settings: {
        'redis.addr': redis.addr,
        'redis.password': redis.password,
        'queue.prefix': redis.prefix(),
        'queue.completed.keep_count': 0,
        'worker.file_digest.roots': dirname(import.meta.filename),
      },
    });
    started.push(worker);
    await worker.ready();

    const swallowed = proxy.swallowNextReply((chunk) => chunk.includes('POST /v1/jobs'));
    await expect(request()).rejects.toThrow('fetch failed');
    await swallowed;
    await waitUntil(
      async () => (await worker.metric('jobs_completed_total')) + (await worker.metric('jobs_dead_letter_total')) === 1,
    );
    await waitUntil(async () => (await jobs()).length === 0, { what: 'the trimming' });
    const repeated = await request();
    await proxy.close();

    expect(repeated).toMatchObject({ status: 200, body: { state: null } });
    expect(await worker.metric('jobs_consumed_total')).toBe(1);
    expect(await jobs()).toEqual([]);
  });

  it('takes no more connections than max_connections', async () => {
    const { port } = await start({ 'producer.http.max_connections': 2 });
    const sockets = Array.from({ length: 5 }, () => connect(port, '127.0.0.1').on('error', () => {}));

    await waitUntil(() => sockets.filter(({ closed }) => closed).length === 3, { what: 'three closed ones' });

    expect(
      await answerOf(
        sockets.find(({ closed }) => !closed)!,
        'GET /v1/jobs/x HTTP/1.1\r\nHost: a\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1.1 404/);
    for (const socket of sockets) socket.destroy();
  });

  it('refuses headers that are too large, and what is not HTTP', async () => {
    const { port } = await start();
    const ask = (text: string) =>
      answerOf(
        connect(port, '127.0.0.1').on('error', () => {}),
        text,
      );

    const large = await ask(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    const other = await ask('PING\r\n\r\n');

    expect(large).toMatch(/^HTTP\/1.1 431 .*problem\+json.*larger than 16384 bytes/s);
    expect(other).toMatch(/^HTTP\/1.1 400 .*problem\+json/s);
  });

  it('counts its requests by route and status, also those that nobody waited for', async () => {
    const { url, port, app } = await start();
    const metrics = async () => (await app.get('/metrics')).text();

    await post(url, KEYED);
    await post(url, '{');
    await get(url, '/v1/jobs/none');
    await get(url, '/nothing/here');
    const refused = connect(port, '127.0.0.1').on('error', () => {});
    await answerOf(refused, 'PING\r\n\r\n');
    const gone = connect(port, '127.0.0.1');
    gone.write(
      'POST /v1/jobs HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
      () => gone.destroy(),
    );

    await waitUntil(async () => (await metrics()).includes('code="499"'), { what: 'the request that was broken off' });
    expect((await metrics()).match(/^http_requests_total.*$/gm)?.toSorted()).toEqual([
      'http_requests_total{route="/v1/jobs",code="201"} 1',
      'http_requests_total{route="/v1/jobs",code="400"} 1',
      'http_requests_total{route="/v1/jobs",code="499"} 1',
      'http_requests_total{route="/v1/jobs/:id",code="404"} 1',
      'http_requests_total{route="other",code="400"} 1',
      'http_requests_total{route="other",code="404"} 1',
    ]);
    expect(await metrics()).toContain('http_request_duration_seconds_count{route="/v1/jobs"} 3');
  });

  it('finishes the requests under way when it is told to stop, and exits with 0', async () => {
    const { url, port, app } = await start();
    const body = JSON.stringify({ ...KEYED, id: 'last' });
    const headers = { 'content-type': 'application/json', 'content-length': body.length, expect: '100-continue' };
    const request = openRequest({ port, path: '/v1/jobs', method: 'POST', headers });
    request.flushHeaders();
    await once(request, 'continue');

    app.signal('SIGTERM');
    await waitUntil(() => app.output.includes('draining'), { what: 'the drain' });
    const startedMs = performance.now();
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();

    expect([response.statusCode, response.headers.location]).toEqual([201, '/v1/jobs/last']);
    expect(await app.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(await jobs()).toHaveLength(1);
    await expect(post(url, KEYED)).rejects.toThrow('fetch failed');
  });
});

const DIGEST = { kind: 'file.digest', payload: { path: import.meta.filename } };

const LISTENING: [what: string, settings: Record<string, string | number>, message: string][] = [
  ['others could reach it without a token', { 'producer.http.bind': '0.0.0.0' }, 'is not loopback'],
  ['the token file is missing', { 'producer.http.bearer_token_file': '/none' }, 'cannot read /none (ENOENT)'],
  ['the address is not of this machine', { 'producer.http.bind': '127.0.0.300' }, 'producer.http.bind'],
];

type Fault = [status: number, code: string, what: string, body: unknown, headers?: Record<string, string>];

const FAULTS: Fault[] = [
  [400, 'malformed-json', 'nothing', ''],
  [400, 'malformed-json', 'no JSON', '{"kind":'],
  [400, 'malformed-json', 'bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  [400, 'malformed-json', 'more than 64 levels', `{"kind":"a","payload":${'['.repeat(65)}${']'.repeat(65)}}`],
  [400, 'malformed-json', '100,000 levels', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  [400, 'malformed-json', 'a number beyond a double', '{"kind":"a","payload":[1e400]}'],
  [400, 'malformed-json', 'a key __proto__', '{"kind":"a","payload":{"__proto__":{"x":1}}}'],
  [400, 'malformed-json', 'the same, escaped', '{"kind":"a","payload":{"\\u005f_proto__":{"x":1}}}'],
  [400, 'invalid-job', 'a text', '"job"'],
  [400, 'invalid-job', 'no kind', { payload: 1 }],
  [400, 'invalid-job', 'no payload', { kind: 'a' }],
  [400, 'invalid-job', 'a kind of another form', { kind: '../etc', payload: 1 }],
  [400, 'invalid-job', 'an unknown queue', { ...KEYED, queue: 'medium' }],
  [400, 'invalid-job', 'a lone surrogate', '{"kind":"a","payload":1,"uniqueKey":"\\ud800"}'],
  [400, 'invalid-job', 'a time without an offset', { ...KEYED, runAt: '2027-01-01T00:00:00' }],
  [400, 'invalid-job', 'a duration without a unit', { ...KEYED, delay: 5 }],
  [400, 'invalid-job', 'a delay beside a time', { ...KEYED, delay: '5s', runAt: '2027-01-01T00:00:00Z' }],
  [400, 'invalid-job', 'too many retries', { ...KEYED, maxRetries: 1001 }],
  [400, 'invalid-job', 'a key in header and body', { ...KEYED, uniqueKey: 'a' }, { 'idempotency-key': 'b' }],
  [400, 'invalid-job', 'the header for many', [KEYED], { 'idempotency-key': 'b' }],
  [400, 'invalid-job', 'a key with a space', KEYED, { 'idempotency-key': 'a b' }],
  [413, 'invalid-payload', 'a payload above queue.max_payload_bytes', { kind: 'a', payload: 'x'.repeat(262_144) }],
  [413, 'body-too-large', 'a body above max_body_bytes', 'x'.repeat(1_048_577)],
  [413, 'too-many-jobs', 'more than 1,000 jobs', Array.from({ length: 1_001 }, () => KEYED)],
  [415, 'unsupported-media-type', 'text', 'job', { 'content-type': 'text/plain' }],
  [415, 'unsupported-media-type', 'gzip', KEYED, { 'content-encoding': 'gzip' }],
  [415, 'unsupported-media-type', 'some other JSON', KEYED, { 'content-type': 'application/hal+json' }],
];

async function answerOf(socket: Socket, request: string): Promise<string> {
  let text = '';
  socket.on('data', (data: Buffer) => (text += data.toString()));
  socket.write(request);
  await waitUntil(() => text.includes('}'), { what: 'an answer' });
  socket.destroy();
  return text;
}
