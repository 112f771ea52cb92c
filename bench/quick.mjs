// `npm run bench:quick`: this queue beside BullMQ, interleaved, on throw-away Redis servers, a fresh process each run.
// Timings of a busy machine mean little alone; the ratio of two runs side by side means something.
import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { Redis } from 'ioredis';
import { startRedis } from '../scripts/redis-server.mjs';
import { setupOrExit } from '../scripts/setup.mjs';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const WARMUP = 20_000;
const JOBS = 20_000;
const SCENARIOS = [
  { name: 'bulk enqueue of 1,000', what: 'bulk' },
  { name: 'process, 16 slots', what: 'process', slots: 16 },
  { name: 'process, 64 slots', what: 'process', slots: 64 },
];
const QUEUES = ['ours', 'bullmq'];

/** Runs one scenario file in a process of its own; `onWarm` is called when its warm-up is over. */
function runChild(queue, scenario, onWarm = async () => {}) {
  return new Promise((resolve, reject) => {
    const child = fork(new URL(`./${queue}.mjs`, import.meta.url), [JSON.stringify(scenario)]);
    let warm = Promise.resolve();
    child.on('message', (message) => {
      if (message === 'warm') warm = onWarm();
      else warm.then(() => resolve(message), reject);
    });
    child.once('error', reject);
    child.once('exit', (code) => code !== 0 && reject(new Error(`${queue} ended with ${code}`)));
  });
}

async function redisCpuUs(redis) {
  const info = await redis.info('cpu');
  return ['used_cpu_user', 'used_cpu_sys'].reduce(
    (sum, name) => sum + Number(new RegExp(`${name}:([\\d.]+)`).exec(info)[1]) * 1e6,
    0,
  );
}

async function usedBytes(redis) {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))[1]);
}

/** One run on a server of its own: jobs a second, CPU a job. */
async function measure(queue, { what, slots }) {
  const server = await startRedis();
  const redis = new Redis(server.url);
  try {
    if (what === 'process') await runChild(queue, { url: server.url, what: 'fill', warmup: 0, jobs: WARMUP + JOBS });
    let before = 0;
    const scenario = { url: server.url, what, warmup: WARMUP, jobs: JOBS, slots };
    const { jobs, seconds, nodeCpuUs } = await runChild(
      queue,
      scenario,
      async () => (before = await redisCpuUs(redis)),
    );
    return {
      perSecond: jobs / seconds,
      nodeUs: nodeCpuUs / jobs,
      redisUs: ((await redisCpuUs(redis)) - before) / jobs,
    };
  } finally {
    redis.disconnect();
    await server.stop();
  }
}

/** Bytes of Redis memory one waiting job takes. */
async function bytesPerJob(queue) {
  const server = await startRedis();
  const redis = new Redis(server.url);
  try {
    const before = await usedBytes(redis);
    const { waiting } = await runChild(queue, { url: server.url, what: 'fill', warmup: 0, jobs: JOBS });
    if (waiting < JOBS) throw new Error(`${queue}: ${waiting} of ${JOBS} jobs wait`);
    return ((await usedBytes(redis)) - before) / waiting;
  } finally {
    redis.disconnect();
    await server.stop();
  }
}

const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
const row = (cells) =>
  cells
    .map((cell, at) => String(cell).padEnd(at === 0 ? 24 : 14))
    .join('')
    .trimEnd();

await setupOrExit();
const bullmqVersion = createRequire(import.meta.url)('bullmq/package.json').version;
console.log(
  `node ${process.version}, BullMQ ${bullmqVersion}, ${ROUNDS} rounds, medians; ratio = ours / BullMQ (min … max)\n`,
);
console.log(row(['', 'ours', 'BullMQ', 'ratio', 'min … max', 'CPU us a job, redis / node: ours, BullMQ']));
for (const scenario of SCENARIOS) {
  const runs = { ours: [], bullmq: [] };
  for (let round = 0; round < ROUNDS; round++)
    for (const queue of QUEUES) runs[queue].push(await measure(queue, scenario));
  const speed = (queue) => median(runs[queue].map(({ perSecond }) => perSecond));
  const cpu = (queue) =>
    ['redisUs', 'nodeUs'].map((name) => median(runs[queue].map((run) => run[name])).toFixed(1)).join(' / ');
  const ratios = runs.ours
    .map(({ perSecond }, round) => perSecond / runs.bullmq[round].perSecond)
    .toSorted((one, other) => one - other);
  const span = `${ratios[0].toFixed(1)} … ${ratios.at(-1).toFixed(1)}`;
  console.log(
    row([
      scenario.name,
      `${Math.round(speed('ours'))}/s`,
      `${Math.round(speed('bullmq'))}/s`,
      median(ratios).toFixed(1),
      span,
      `${cpu('ours')}, ${cpu('bullmq')}`,
    ]),
  );
}
const bytes = { ours: await bytesPerJob('ours'), bullmq: await bytesPerJob('bullmq') };
console.log(
  row(['bytes a waiting job', bytes.ours.toFixed(0), bytes.bullmq.toFixed(0), (bytes.ours / bytes.bullmq).toFixed(2)]),
);
