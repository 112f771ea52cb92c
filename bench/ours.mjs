// This queue in a measured process: the library as it is built, no app around it.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import {
  EnqueueService,
  InspectService,
  JobHandler,
  QueueModule,
  UnrecoverableJobError,
  WorkerModule,
} from '../dist/libs/queue/index.js';
import { enqueueAll, enqueuePaced, handle, KEPT, payloadOf, scenario } from './workload.mjs';

const { url, part, slots, prefetch = 0, around = {}, redis = { addr: url }, partitions = 1 } = scenario;
const names = Array.from({ length: around.queues ?? 0 }, (_, at) => `queue-${at}`);
const queues = names.length > 0 ? { names } : {};

class BenchHandler {
  handle({ payload }, { attempt }) {
    return handle(payload, attempt);
  }
}
JobHandler('bench.job')(BenchHandler);

class DeadHandler {
  handle() {
    throw new UnrecoverableJobError('planned');
  }
}
JobHandler('bench.dead')(DeadHandler);

class BenchModule {}
Module({ providers: part === 'producer' ? [] : [BenchHandler, DeadHandler] })(BenchModule);

function open(worker) {
  const queue = QueueModule.forRoot({
    redis,
    partitions,
    prefix: 'bench',
    completed: { keepCount: KEPT },
    ...queues,
  });
  const options = { prefetch, backoff: { baseMs: 1, maxMs: 1 }, ...worker };
  const imports = worker ? [queue, WorkerModule.forRoot(options)] : [queue];
  return NestFactory.createApplicationContext({ module: BenchModule, imports }, { logger: false, abortOnError: false });
}

async function produce() {
  if (scenario.call === 'ping') {
    const client = new Redis(url);
    return enqueueAll(() => client.ping(), scenario);
  }
  const enqueue = (await open()).get(EnqueueService);
  const one = (payload) => enqueue.enqueue('bench.job', payload);
  const send = (indexes) =>
    scenario.batch === 1
      ? one(payloadOf(indexes[0]))
      : enqueue.enqueueMany(indexes.map((index) => ({ kind: 'bench.job', payload: payloadOf(index) })));
  await (scenario.rate ? enqueuePaced(one, scenario) : enqueueAll(send, scenario));
}

/** What is there while others work: jobs for tomorrow, dead jobs, workers with nothing to do for this queue. */
async function surround() {
  const { scheduled = 0, dead = 0, workers = 0 } = around;
  const app = await open(dead > 0 ? { count: 256 } : undefined);
  const enqueue = app.get(EnqueueService);
  for (let sent = 0; sent < scheduled; sent += 1_000)
    await enqueue.enqueueMany(Array(1_000).fill({ kind: 'bench.job', payload: payloadOf(1), delayMs: 86_400_000 }));
  for (let sent = 0; sent < dead; sent += 1_000)
    await enqueue.enqueueMany(Array(1_000).fill({ kind: 'bench.dead', payload: payloadOf(1) }));
  if (dead > 0) await settled(app.get(InspectService), dead);
  for (let started = 0; started < workers; started++) await open({ count: 1, priorities: ['high'] });
  if (dead > 0) await app.close();
}

async function settled(inspect, dead) {
  while ((await inspect.overview()).dead.total < dead) await new Promise((resolve) => setTimeout(resolve, 100));
}

if (part === 'producer') await produce();
if (part === 'worker') await open({ count: slots });
if (part === 'around') await surround();
process.send('ready');
