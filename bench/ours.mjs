// One measured run of this queue, in a process of its own: the library as it is built, no app around it.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EnqueueService, InspectService, JobHandler, QueueModule, WorkerModule } from '../dist/libs/queue/index.js';
import { KEPT, payload, report, scenario, Stopwatch } from './workload.mjs';

const { url, what, warmup, jobs, slots, prefetch = 0 } = scenario;
const watch = new Stopwatch(warmup, jobs);

class NoopHandler {
  handle() {
    watch.hit();
  }
}
JobHandler('bench.noop')(NoopHandler);

class BenchModule {}
Module({ providers: what === 'process' ? [NoopHandler] : [] })(BenchModule);

const queue = QueueModule.forRoot({ redis: { addr: url }, prefix: 'bench', completed: { keepCount: KEPT } });
const worker = what === 'process' ? [WorkerModule.forRoot({ count: slots, prefetch })] : [];
const open = () =>
  NestFactory.createApplicationContext({ module: BenchModule, imports: [queue, ...worker] }, { logger: false });

async function fill(app, count) {
  const batch = Array.from({ length: 1_000 }, () => ({ kind: 'bench.noop', payload }));
  for (let sent = 0; sent < count; sent += batch.length) await app.get(EnqueueService).enqueueMany(batch);
}

const app = await open();
if (what === 'fill') {
  await fill(app, jobs);
  report({
    jobs,
    waiting: (await app.get(InspectService).overview()).queues.reduce((sum, { ready }) => sum + ready, 0),
  });
} else if (what === 'bulk') {
  await fill(app, warmup);
  watch.start();
  await fill(app, jobs);
  report(watch.stop());
} else {
  report(await watch.done);
}
