// One run of one scenario with one queue: a Redis server and processes of its own, ended with it.
import { fork } from 'node:child_process';
import { Redis } from 'ioredis';
import { startRedis } from '../scripts/redis-server.mjs';

/** Jobs a call when a backlog is made. */
const FILL = { batch: 1_000, inFlight: 2 };

/**
 * Runs a scenario once.
 *
 * @returns jobs a second and CPU microseconds a job (of Redis and of the measured processes), or the percentiles of a
 * latency in ms, or bytes a job.
 */
export async function measure(queue, scenario) {
  const run = await openRun(queue, scenario);
  try {
    if (scenario.what === 'enqueue') return await timed(run, [run.fork('producer', total(scenario))]);
    if (scenario.what === 'latency') return await latency(run, scenario);
    if (scenario.what === 'bytes') return await bytes(run, scenario);
    const { warmup, jobs, backlog = 0, workers = 1, around } = scenario;
    if (around) await run.fork('around').ready;
    await run.fork('producer', { ...FILL, jobs: warmup + jobs + backlog }).ready;
    return await timed(
      run,
      Array.from({ length: workers }, () => run.fork('worker')),
    );
  } finally {
    await run.close();
  }
}

const total = ({ warmup, jobs }) => ({ jobs: warmup + jobs });

async function openRun(queue, scenario) {
  const server = await startRedis({ extraArgs: ['--appendonly', scenario.aof ? 'yes' : 'no'] });
  const redis = new Redis(server.url);
  const children = [];
  return {
    scenario,
    redis,
    fork(part, more = {}) {
      const settings = { ...scenario, ...(queue === 'ours' && scenario.ours), url: server.url, part, ...more };
      const program = (part === 'worker' && scenario.program) || `./${queue}.mjs`;
      const child = watch(start(new URL(program, import.meta.url), settings), queue);
      children.push(child);
      return child;
    },
    async close() {
      for (const { process } of children) process.kill('SIGKILL');
      redis.disconnect();
      await server.stop();
    },
  };
}

/** What it logs is written, and read by nobody. */
const start = (program, settings) =>
  fork(program, [JSON.stringify(settings)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });

/** A child with its newest count, its result and the moment it is ready; an early end fails whoever waits. */
function watch(child, queue) {
  const watched = { process: child, counts: [], onCount: () => {} };
  const first = (matches) =>
    new Promise((resolve, reject) => {
      child.on('message', (message) => matches(message) && resolve(message));
      child.once('exit', (code, signal) => reject(new Error(`${queue} ended early: ${signal ?? `code ${code}`}`)));
    });
  watched.ready = first((message) => message === 'ready');
  watched.result = first((message) => message.p50Ms !== undefined);
  for (const promise of [watched.ready, watched.result]) promise.catch(() => {});
  child.on('message', (message) => {
    if (message.done === undefined) return;
    watched.counts.push(message);
    watched.onCount();
  });
  return watched;
}

/** From the warm-up's last job to the last job of all, over all children together. */
async function timed({ scenario, redis }, children) {
  const { warmup, jobs } = scenario;
  const start = await reached(children, warmup);
  const startRedisUs = await redisCpuUs(redis);
  const end = await reached(children, warmup + jobs);
  const redisUs = (await redisCpuUs(redis)) - startRedisUs;
  const counted = end.done - start.done;
  return {
    perSecond: (counted * 1_000) / (end.atMs - start.atMs),
    redisUs: redisUs / counted,
    nodeUs: (end.cpuUs - start.cpuUs) / counted,
  };
}

/** The moment at which the children together had done so many jobs. */
function reached(children, target) {
  return new Promise((resolve, reject) => {
    const look = () => {
      const last = children.map(({ counts }) => counts.at(-1) ?? { done: 0, atMs: 0, cpuUs: 0 });
      const sum = (name) => last.reduce((all, count) => all + count[name], 0);
      if (sum('done') < target) return;
      resolve({ done: sum('done'), cpuUs: sum('cpuUs'), atMs: Math.max(...last.map(({ atMs }) => atMs)) });
    };
    for (const child of children) {
      child.onCount = look;
      child.process.once('exit', (code) => reject(new Error(`ended early with ${code}`)));
    }
    look();
  });
}

async function latency(run, { rate, jobs }) {
  const worker = run.fork('worker', { jobs });
  await worker.ready;
  run.fork('producer', { rate, jobs, batch: 1 });
  return worker.result;
}

async function bytes({ redis, fork: start }, { jobs }) {
  const before = await usedBytes(redis);
  await start('producer', { ...FILL, jobs }).ready;
  return { bytes: ((await usedBytes(redis)) - before) / jobs };
}

async function redisCpuUs(redis) {
  const info = await redis.info('cpu');
  const read = (name) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)[1]) * 1e6;
  return read('used_cpu_user') + read('used_cpu_sys');
}

async function usedBytes(redis) {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))[1]);
}
