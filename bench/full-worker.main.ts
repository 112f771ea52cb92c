// The whole worker app in a measured process, beside the bare library of ours.mjs: its handlers and guards, health,
// metrics, its log at level info.
import 'reflect-metadata';
import { loadConfig } from '@app/config';
import { bootApp, type ObservabilityOptions } from '@app/observability';
import { type Job, type JobContext, JobHandler } from '@app/queue';
import { Module } from '@nestjs/common';
import { WorkerAppModule } from '../apps/worker/src/worker.module.js';
import { handle, type Payload, scenario } from './workload.mjs';

@JobHandler('bench.job')
class BenchHandler {
  handle({ payload }: Job<Payload>, { attempt }: JobContext): Promise<void> | void {
    return handle(payload, attempt);
  }
}

@Module({ providers: [BenchHandler] })
class BenchModule {}

/** Fixed: a benchmark runs alone. */
const METRICS_PORT = 29_091;

const overrides = {
  'redis.url': scenario.url,
  'queue.prefix': 'bench',
  'worker.count': scenario.slots,
  'observability.metrics_port': METRICS_PORT,
};
const loaded = loadConfig({ env: {}, overrides, cwd: import.meta.dirname });
const { queue, observability } = loaded.config;
const options: ObservabilityOptions = {
  app: 'worker',
  version: 'bench',
  revision: 'bench',
  queues: queue.names,
  ...observability,
};
await bootApp({ module: BenchModule, imports: [WorkerAppModule.forRoot(loaded, options)] }, options);
process.send?.('ready');
