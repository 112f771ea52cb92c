// This queue in a measured process: the library as it is built, no app around it.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EnqueueService, JobHandler, QueueModule, WorkerModule } from '../dist/libs/queue/index.js';
import { enqueueAll, enqueuePaced, handle, KEPT, payloadOf, scenario } from './workload.mjs';

const { url, part, slots, prefetch = 0 } = scenario;

class BenchHandler {
  handle({ payload }, { attempt }) {
    return handle(payload, attempt);
  }
}
JobHandler('bench.job')(BenchHandler);

class BenchModule {}
Module({ providers: part === 'worker' ? [BenchHandler] : [] })(BenchModule);

const queue = QueueModule.forRoot({ redis: { addr: url }, prefix: 'bench', completed: { keepCount: KEPT } });
const worker =
  part === 'worker' ? [WorkerModule.forRoot({ count: slots, prefetch, backoff: { baseMs: 1, maxMs: 1 } })] : [];
const app = await NestFactory.createApplicationContext(
  { module: BenchModule, imports: [queue, ...worker] },
  { logger: false },
);

if (part === 'producer') {
  const enqueue = app.get(EnqueueService);
  const one = (payload) => enqueue.enqueue('bench.job', payload);
  const send = (indexes) =>
    scenario.batch === 1
      ? one(payloadOf(indexes[0]))
      : enqueue.enqueueMany(indexes.map((index) => ({ kind: 'bench.job', payload: payloadOf(index) })));
  await (scenario.rate ? enqueuePaced(one, scenario) : enqueueAll(send, scenario));
}
process.send('ready');
