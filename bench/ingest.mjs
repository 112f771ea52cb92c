// `node bench/ingest.mjs`: the HTTP ingest of the built producer beside an empty Fastify route in a process of its own,
// interleaved, on a throw-away Redis. Timings of a busy machine mean little alone; the ratio of the two means something.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { fastify } from 'fastify';
import { startRedis } from '../scripts/redis-server.mjs';
import { setupOrExit } from '../scripts/setup.mjs';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const CONNECTIONS = 32;
const SECONDS = Number(process.env.BENCH_SECONDS ?? 3);
const JOB = { kind: 'bench.job', payload: { text: 'x'.repeat(100) } };
const LOADS = [
  { name: 'one job a request', body: JSON.stringify(JOB), jobs: 1 },
  { name: '100 jobs a request', body: JSON.stringify(Array.from({ length: 100 }, () => JOB)), jobs: 100 },
];

/** The route that does nothing: Fastify reads and parses the body, as any server has to. */
async function serveNothing() {
  const server = fastify();
  server.post('/v1/jobs', (_request, reply) => reply.code(201).send({}));
  await server.listen({ host: '127.0.0.1', port: Number(process.env.EMPTY_PORT) });
  process.send('ready');
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

async function startEmpty() {
  const port = await freePort();
  const child = fork(fileURLToPath(import.meta.url), { env: { ...process.env, EMPTY_PORT: String(port) } });
  await once(child, 'message');
  return { port, child };
}

async function startProducer(url) {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const env = {
    PATH: process.env.PATH,
    REDIS_URL: url,
    PRODUCER_HTTP_ENABLED: 'true',
    PRODUCER_HTTP_PORT: String(port),
    PRODUCER_RATE_LIMIT_PER_SEC: '0',
    OBSERVABILITY_METRICS_PORT: String(metricsPort),
  };
  const program = fileURLToPath(new URL('../dist/apps/producer/index.js', import.meta.url));
  const child = fork(program, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  while (
    !(await fetch(`http://127.0.0.1:${metricsPort}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await new Promise((resolve) => setTimeout(resolve, 50));
  return { port, child };
}

/** Requests a second of some connections that always have one under way. */
async function load({ port }, body) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const startedMs = performance.now();
  const endMs = startedMs + SECONDS * 1_000;
  let answered = 0;
  const client = async () => {
    while (performance.now() < endMs) {
      if ((await post(agent, port, body)) > 201) throw new Error('a request was refused');
      answered++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  agent.destroy();
  return answered / ((performance.now() - startedMs) / 1_000);
}

function post(agent, port, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request({ agent, port, host: '127.0.0.1', path: '/v1/jobs', method: 'POST', headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    sent.once('error', reject).end(body);
  });
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function compare() {
  await setupOrExit();
  const redis = await startRedis();
  const [empty, producer] = [await startEmpty(), await startProducer(redis.url)];
  try {
    for (const { name, body, jobs } of LOADS) {
      const rates = { empty: [], producer: [] };
      for (let round = -1; round < ROUNDS; round++) {
        const [nothing, ours] = [await load(empty, body), await load(producer, body)];
        if (round < 0) continue; // the first one warms up
        rates.empty.push(nothing);
        rates.producer.push(ours);
      }
      const [nothing, ours] = [median(rates.empty), median(rates.producer)];
      const figures = `${Math.round(ours)} requests/s (${Math.round(ours * jobs)} jobs/s), empty route ${Math.round(nothing)}`;
      console.log(`${name}: ${figures}; ratio ${(ours / nothing).toFixed(2)}`);
    }
  } finally {
    for (const { child } of [empty, producer]) child.kill('SIGKILL');
    await redis.kill('SIGKILL');
  }
}

if (process.env.EMPTY_PORT) await serveNothing();
else await compare();
