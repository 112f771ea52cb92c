// A worker at full speed, and a producer that keeps its queue filled: what a purge must not disturb.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EnqueueService, JobHandler, QueueModule, WorkerModule } from '../dist/libs/queue/index.js';

let done = 0;

class CountHandler {
  handle() {
    done++;
  }
}
JobHandler('bench.job')(CountHandler);

class BenchModule {}
Module({ providers: [CountHandler] })(BenchModule);

const imports = [
  QueueModule.forRoot({ redis: { addr: process.argv[2] }, prefix: 'bench' }),
  WorkerModule.forRoot({ count: 16 }),
];
const app = await NestFactory.createApplicationContext({ module: BenchModule, imports }, { logger: ['error'] });
const enqueue = app.get(EnqueueService);
const batch = Array.from({ length: 1_000 }, () => ({ kind: 'bench.job', payload: { a: 1 } }));
setInterval(() => process.send({ done }), 100);
let stored = 0;
for (;;) {
  if (stored - done < 10_000) stored += (await enqueue.enqueueMany(batch), batch.length);
  else await new Promise((resolve) => setTimeout(resolve, 5));
}
