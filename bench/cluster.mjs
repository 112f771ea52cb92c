// What a cluster brings: 4 partitions on 3 masters beside 1 partition on one server, on the same machine, in turn. Two workers each.
// `node bench/cluster.mjs [--rounds=3]`. With fewer cores than masters and workers it shows what a cluster costs, not what it gains.
import { execFile, fork } from 'node:child_process';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { Redis } from 'ioredis';
import { findRedis, startRedis } from '../scripts/redis-server.mjs';
import { setupOrExit } from '../scripts/setup.mjs';
import { median } from './summary.mjs';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const MASTERS = 3;
const WORKERS = 2;
const WARMUP = 20_000;
const JOBS = 60_000;

await setupOrExit();
const ratios = [];
for (let round = 1; round <= Number(values.rounds); round++) {
  const one = await measure(await startOne(), 1);
  const cluster = await measure(await startCluster(), 4);
  ratios.push(cluster / one);
  console.log(
    `round ${round}: one server ${Math.round(one)}/s, cluster ${Math.round(cluster)}/s, ${(cluster / one).toFixed(2)} ×`,
  );
}
console.log(`median ${median(ratios).toFixed(2)} ×`);

async function startOne() {
  const server = await startRedis({ extraArgs: ['--appendonly', 'no'] });
  return { redis: { addr: server.url }, stop: () => server.stop() };
}

async function startCluster() {
  const password = 'bench';
  const extraArgs = ['--appendonly', 'no', '--cluster-enabled', 'yes'];
  const servers = [];
  for (let count = 0; count < MASTERS; count++) servers.push(await startRedis({ password, extraArgs }));
  const addrs = servers.map(({ host, port }) => `${host}:${port}`);
  const { bin, env } = await findRedis();
  await promisify(execFile)(join(dirname(bin), 'redis-cli'), ['--cluster', 'create', ...addrs, '--cluster-yes'], {
    env: { ...process.env, ...env, REDISCLI_AUTH: password },
  });
  for (const { url } of servers) await untilComplete(url);
  return {
    redis: { mode: 'cluster', password, cluster: { addrs } },
    stop: () => Promise.all(servers.map((server) => server.stop())),
  };
}

async function untilComplete(url) {
  const node = new Redis(url);
  while (!/cluster_state:ok/.test(await node.cluster('INFO'))) await sleep(100);
  node.disconnect();
}

/** Jobs a second of all workers together, after their warm-up. */
async function measure({ redis, stop }, partitions) {
  const settings = { redis, partitions, slots: 64, what: 'process' };
  const children = [];
  const start = (more) => {
    const child = fork(new URL('./ours.mjs', import.meta.url), [JSON.stringify({ ...settings, ...more })]);
    children.push(child);
    return child;
  };
  try {
    const producer = start({ part: 'producer', batch: 1_000, inFlight: 2, jobs: WARMUP + JOBS });
    await new Promise((ready) => producer.on('message', (message) => message === 'ready' && ready()));
    const counts = Array(WORKERS).fill({ done: 0, atMs: 0 });
    return await new Promise((resolve) => {
      let warm;
      for (let at = 0; at < WORKERS; at++) {
        start({ part: 'worker' }).on('message', (message) => {
          if (message.done === undefined) return;
          counts[at] = message;
          const done = counts.reduce((sum, count) => sum + count.done, 0);
          if (done >= WARMUP) warm ??= { done, atMs: message.atMs };
          if (done >= WARMUP + JOBS) resolve(((done - warm.done) * 1_000) / (message.atMs - warm.atMs));
        });
      }
    });
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await stop();
  }
}
