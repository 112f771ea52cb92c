// `node bench/pool.mjs`: what redis.pool_size_multiplier does. One process, one throw-away Redis on this machine; the
// multipliers are measured in turn, round by round, so that the noise of the machine meets all of them.
import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { EnqueueService, InspectService, QueueModule } from '../dist/libs/queue/index.js';
import { startRedis } from '../scripts/redis-server.mjs';
import { median } from './summary.mjs';

const MULTIPLIERS = [0.5, 1, 2, 4, 8];
const ROUNDS = 9;
const CALLERS = 32;
/** Callers that read large answers all the time: 100 jobs of 8 KiB each. */
const READERS = 4;
const STEP_MS = 700;

async function open(redis, poolSizeMultiplier) {
  const queue = QueueModule.forRoot({
    redis: { addr: redis.url, poolSizeMultiplier, minIdleConns: 16 },
    prefix: 'bench',
  });
  const app = await NestFactory.createApplicationContext(queue, { logger: false });
  const inspect = app.get(InspectService);
  await Promise.all(Array.from({ length: CALLERS }, () => inspect.probe())); // all connections are open, all scripts known
  return { app, inspect };
}

async function fill(redis) {
  const { app } = await open(redis, 1);
  const payload = { text: 'x'.repeat(9_000) };
  const jobs = Array.from({ length: 200 }, () => ({ kind: 'bench.job', payload }));
  await app.get(EnqueueService).enqueueMany([...jobs, { kind: 'bench.job', payload: {}, id: 'small', queue: 'high' }]);
  await app.close();
}

/** Small questions of many callers at once, a second. */
async function smallCalls({ inspect }) {
  let answers = 0;
  const end = performance.now() + STEP_MS;
  const caller = async () => {
    for (; performance.now() < end; answers++) await inspect.findJob('small');
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return (answers * 1_000) / STEP_MS;
}

/** How long one small question waits while others read large answers, ms: the median. */
async function besideLarge({ inspect }) {
  let isOver = false;
  const reader = async () => {
    while (!isOver) await inspect.peek({ place: 'ready', queue: 'low', count: 100 });
  };
  const readers = Array.from({ length: READERS }, reader);
  const waits = [];
  for (const end = performance.now() + STEP_MS; performance.now() < end; await sleep(1)) {
    const startedMs = performance.now();
    await inspect.probe();
    waits.push(performance.now() - startedMs);
  }
  isOver = true;
  await Promise.all(readers);
  return median(waits);
}

const dir = mkdtempSync(join(tmpdir(), 'bench-pool-'));
const redis = await startRedis({ dir });
try {
  await fill(redis);
  const found = new Map(MULTIPLIERS.map((multiplier) => [multiplier, { calls: [], waits: [] }]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [multiplier, { calls, waits }] of found) {
      const pool = await open(redis, multiplier);
      calls.push(await smallCalls(pool));
      waits.push(await besideLarge(pool));
      await pool.app.close();
    }
  }
  // Each round has a ratio of its own, since the machine is the same only within it.
  const base = found.get(1);
  const ratio = (values, others) => median(values.map((value, round) => value / others[round])).toFixed(2);
  console.log('multiplier  connections  small calls  wait beside large answers   (both: ratio to multiplier 1)');
  for (const [multiplier, { calls, waits }] of found) {
    const connections = Math.min(16, Math.max(1, Math.round(2 * multiplier)));
    const cells = [
      String(connections).padStart(11),
      ratio(calls, base.calls).padStart(11),
      ratio(waits, base.waits).padStart(25),
    ];
    console.log([String(multiplier).padStart(10), ...cells].join('  '));
  }
} finally {
  await redis.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
}
