// What a start costs, beside an empty Node process in the same run: time until a program is ready, or has ended, and the
// memory of one that is idle. `node bench/start.mjs [--rounds=5]`
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startRedis } from '../scripts/redis-server.mjs';
import { setupOrExit } from '../scripts/setup.mjs';
import { median } from './summary.mjs';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const METRICS_PORT = 29_092;
/** After which the memory of an idle process is read, ms. */
const IDLE_MS = 3_000;
const app = (name) => fileURLToPath(new URL(`../dist/apps/${name}/index.js`, import.meta.url));

const PROGRAMS = [
  { title: 'node, empty', args: ['-e', '0'] },
  { title: 'node, idle', args: ['-e', 'setInterval(() => {}, 1e6)'], isServer: true },
  { title: 'admin --version', args: [app('admin'), '--version'] },
  { title: 'admin stats', args: [app('admin'), 'stats'] },
  { title: 'producer', args: [app('producer')], isServer: true, isReady: true },
  { title: 'worker', args: [app('worker')], isServer: true, isReady: true },
];

await setupOrExit();
const server = await startRedis();
const results = PROGRAMS.map((program) => ({ ...program, ms: [], rssMb: [] }));
for (let round = 0; round < Number(values.rounds); round++) for (const result of results) await measure(result);
await server.stop();
print(results);

async function measure({ args, isServer, isReady, ms, rssMb }) {
  const env = {
    PATH: process.env.PATH,
    REDIS_URL: server.url,
    PRODUCER_SCAN_DIR: tmpdir(),
    PRODUCER_HTTP_ENABLED: 'false',
  };
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: tmpdir(),
    env: { ...env, OBSERVABILITY_METRICS_PORT: String(METRICS_PORT) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (!isServer) {
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
    return ms.push(performance.now() - startedAt);
  }
  if (isReady) {
    await untilReady(child);
    ms.push(performance.now() - startedAt);
  }
  await sleep(IDLE_MS);
  rssMb.push(rssKb(child.pid) / 1_024);
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function untilReady(child) {
  while (child.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${METRICS_PORT}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(5);
  }
  throw new Error(`it ended with ${child.exitCode}`);
}

function rssKb(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}

function print(all) {
  const [empty, idle] = all;
  for (const { title, ms, rssMb } of all) {
    const time = ms.length > 0 ? `${median(ms).toFixed(0)} ms, ${(median(ms) / median(empty.ms)).toFixed(1)} ×` : '';
    const memory =
      rssMb.length > 0 ? `${median(rssMb).toFixed(0)} MB, ${(median(rssMb) / median(idle.rssMb)).toFixed(1)} ×` : '';
    console.log(`${title.padEnd(18)}${time.padEnd(18)}${memory}`);
  }
}
