// Purges a million dead jobs with the built CLI while a worker runs at full speed: what the worker loses meanwhile, the
// longest script call, and that an interrupted purge can be run again. `node bench/purge.mjs [--jobs=1000000]`
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { startRedis } from '../scripts/redis-server.mjs';
import { SCRIPTS_BY_SHA } from './purge-scripts.mjs';

const { values } = parseArgs({
  options: { jobs: { type: 'string', default: '1000000' }, baseline: { type: 'string', default: '10' } },
});
const jobs = Number(values.jobs);
const baselineMs = Number(values.baseline) * 1_000;
const ADMIN = fileURLToPath(new URL('../dist/apps/admin/index.js', import.meta.url));
const WORKER = fileURLToPath(new URL('purge-worker.mjs', import.meta.url));

const PLANT = `
local tag, from, count = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local trail = '[{"atMs":1764000000000,"workerId":"worker-7d9f-1-5c2e","what":"error","fingerprint":"5b0c77aa01f%d","summary":"SmtpError: server said 451, try later"}]'
for at = from, from + count - 1 do
  local id, died = string.format('0199a0ff-0000-7000-8000-%012d', at), string.format('%.0f', 1764000000000 + at)
  redis.call('HSET', tag .. 'jobs', id, '1 1764000000000 low mail.send\\n{"payload":{"to":"user-' .. at .. '@example.com","path":"/data/uploads/2025/09/12/quarterly-report-final-v3.pdf"}}')
  redis.call('HSET', tag .. 'history', id, '1 ' .. died .. ' retries-exhausted 4 0 0 0\\n' .. string.format(trail, at % 8))
  redis.call('ZADD', tag .. 'dead-groups', 0, string.format('5b0c77aa01f%d %015.0f %s', at % 8, died, id))
  redis.call('ZADD', tag .. 'dead', died, id)
end`;

const redisServer = await startRedis();
const redis = new Redis(redisServer.url);
const folder = mkdtempSync(join(tmpdir(), 'purge-'));
const config = join(folder, 'config.yaml');
writeFileSync(config, JSON.stringify({ redis: { url: redisServer.url }, queue: { prefix: 'bench' } }));
const worker = fork(WORKER, [redisServer.url], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
let done = 0;
worker.on('message', (message) => (done = message.done));

try {
  for (let at = 0; at < jobs; at += 1_000) await redis.eval(PLANT, 0, '{bench:0}:', at, Math.min(1_000, jobs - at));
  await until(() => done > 20_000);
  await logCalls();
  const before = await throughput(sleep(baselineMs));
  const ordinary = figuresOf(await callsOf());
  await logCalls();
  const first = purge();
  await until(async () => (await redis.zcard('{bench:0}:dead')) < jobs * 0.6);
  first.child.kill('SIGINT');
  const interrupted = await first.ended;
  const left = await redis.zcard('{bench:0}:dead');
  const second = purge();
  const startedMs = performance.now();
  const during = await throughput(second.ended);
  const seconds = (performance.now() - startedMs) / 1_000;
  const slowest = figuresOf(await callsOf());
  const after = await throughput(sleep(baselineMs));
  report({ jobs, ordinary, before, during, after, interrupted, left, second: await second.ended, seconds, slowest });
  console.log('left in the end', await redis.zcard('{bench:0}:dead'), await redis.exists('{bench:0}:dead-groups'));
} finally {
  worker.kill('SIGKILL');
  redis.disconnect();
  await redisServer.stop();
  rmSync(folder, { recursive: true });
}

function purge() {
  const child = spawn(process.execPath, [ADMIN, 'purge-dlq', '--yes', '--reason=bench', `--config=${config}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  return {
    child,
    ended: new Promise((resolve) =>
      child.on('exit', (code) => resolve({ code, said: output.trimEnd().split('\n').slice(-2) })),
    ),
  };
}

/** Jobs a second while something goes on. */
async function throughput(meanwhile) {
  const from = { done, ms: performance.now() };
  await meanwhile;
  return Math.round(((done - from.done) / (performance.now() - from.ms)) * 1_000);
}

/**
 * Logs every script call (the commands within them are faster), so that medians can be told: on a busy machine the longest
 * call tells of the machine.
 */
async function logCalls() {
  await redis.config('SET', 'slowlog-log-slower-than', '30');
  await redis.config('SET', 'slowlog-max-len', '200000');
  await redis.slowlog('RESET');
}

/** Per script: calls, median, 99th percentile and longest, µs. */
function figuresOf(calls) {
  const scripts = new Map();
  for (const call of calls) {
    if (!scripts.has(call.script)) scripts.set(call.script, []);
    scripts.get(call.script).push(call);
  }
  return Object.fromEntries(
    [...scripts].map(([script, found]) => {
      const us = found.map((call) => call.us).sort((one, other) => one - other);
      const at = (share) => us[Math.min(us.length - 1, Math.floor(us.length * share))];
      return [script, { calls: us.length, median: at(0.5), p99: at(0.99), longest: us.at(-1) }];
    }),
  );
}

async function callsOf() {
  const entries = await redis.slowlog('GET', 200_000);
  return entries.flatMap(([, , us, [command, sha]]) =>
    /^evalsha$/i.test(command) ? [{ script: SCRIPTS_BY_SHA.get(sha) ?? 'other', us }] : [],
  );
}

async function until(holds) {
  while (!(await holds())) await sleep(20);
}

function report(figures) {
  console.log(JSON.stringify(figures, null, 2));
}
