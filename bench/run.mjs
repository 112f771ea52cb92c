// `npm run bench`: this queue beside BullMQ, interleaved round by round, each run on a throw-away Redis and in fresh processes.
// Timings of a busy machine mean little alone; the ratio of two runs side by side means something.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { startRedis } from '../scripts/redis-server.mjs';
import { setupOrExit } from '../scripts/setup.mjs';
import { chartOf } from './chart.mjs';
import { grossLosses } from './check.mjs';
import { measure } from './measure.mjs';
import { OWN_RATIOS, SCENARIOS, SHORT } from './scenarios.mjs';
import { median, ownRatios, summarize } from './summary.mjs';
import { tableOf } from './table.mjs';

const USAGE = `usage: npm run bench -- [--rounds=5] [--only=ID[,ID]] [--short] [--check] [--record]
  --only    scenarios: ${SCENARIOS.map(({ id }) => id).join(', ')}
  --short   few jobs, few scenarios: a first look
  --check   ends with 1 when a ratio is less than half of the recorded one
  --record  also write bench/recorded.json and docs/throughput.svg`;
const root = fileURLToPath(new URL('..', import.meta.url));

function readOptions() {
  const options = {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    short: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  };
  try {
    const { values } = parseArgs({ options });
    const rounds = Number(values.rounds);
    if (!Number.isInteger(rounds) || rounds < 1)
      throw new Error(`--rounds: found "${String(values.rounds)}", expected 1 or more`);
    return { rounds, check: values.check, record: values.record, scenarios: chosen(values) };
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

function chosen({ only, short }) {
  const all = short ? SHORT : SCENARIOS;
  if (only === undefined) return all;
  const ids = only.split(',');
  const strange = ids.find((id) => !all.some((scenario) => scenario.id === id));
  if (strange !== undefined) throw new Error(`--only: found "${strange}", which is no scenario`);
  return all.filter(({ id }) => ids.includes(id));
}

/** Every scenario with both queues, then the next round; a rate that hangs on a speed takes the queue's own median. */
async function runRounds(scenarios, rounds) {
  const runs = {};
  for (let round = 1; round <= rounds; round++) {
    for (const scenario of scenarios) {
      for (const queue of scenario.queues ?? ['ours', 'bullmq']) {
        const result = await measure(queue, withRate(scenario, runs, queue));
        ((runs[scenario.id] ??= {})[queue] ??= []).push(result);
        console.error(`round ${round}/${rounds}  ${scenario.id}  ${queue}  ${JSON.stringify(rounded(result))}`);
      }
    }
  }
  return runs;
}

function withRate(scenario, runs, queue) {
  if (!scenario.halfOf) return scenario;
  const speeds = runs[scenario.halfOf]?.[queue];
  if (!speeds) throw new Error(`--only: ${scenario.id} also needs ${scenario.halfOf}`);
  const rate = Math.round(median(speeds.map(({ perSecond }) => perSecond)) / 2);
  return { ...scenario, rate, jobs: rate * 4 };
}

const rounded = (result) =>
  Object.fromEntries(Object.entries(result).map(([name, value]) => [name, Math.round(value * 100) / 100]));

async function versions() {
  const server = await startRedis();
  const redis = new Redis(server.url);
  const version = /redis_version:(\S+)/.exec(await redis.info('server'))[1];
  redis.disconnect();
  await server.stop();
  const bullmq = createRequire(import.meta.url)('bullmq/package.json').version;
  return { node: process.version, bullmq, redis: version };
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  } catch {
    return 'no commit';
  }
}

function write(file, text) {
  const path = resolve(root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.error(`written: ${file}`);
}

const { rounds, check, record, scenarios } = readOptions();
await setupOrExit();
const runs = await runRounds(scenarios, rounds);
const result = {
  machine: `${cpus().length} × ${cpus()[0].model.trim()}`,
  versions: await versions(),
  commit: commit(),
  rounds,
  scenarios: summarize(scenarios, runs),
  own: ownRatios(OWN_RATIOS, runs),
};
console.log(tableOf(result));
for (const folder of record ? ['.cache/bench/', ''] : ['.cache/bench/']) {
  write(folder ? `${folder}result.json` : 'bench/recorded.json', `${JSON.stringify(result, null, 2)}\n`);
  write(folder ? `${folder}throughput.svg` : 'docs/throughput.svg', chartOf(result));
}
if (check) {
  const recorded = JSON.parse(readFileSync(resolve(root, 'bench/recorded.json'), 'utf8'));
  const losses = grossLosses(result.scenarios, recorded.scenarios);
  for (const loss of losses) console.error(`gross loss: ${loss}`);
  if (losses.length > 0) process.exitCode = 1;
}
