import 'reflect-metadata';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { isSoloProcess, QueueModule, WorkerModule } from '@app/queue';
import { Ledger } from '../ledger.js';
import { EventWitness } from './event-witness.js';
import { TEST_HANDLERS } from './test-handlers.js';
import { endWithParent, READY_LINE, readWorkload, type WorkerWorkload } from './workload-options.js';

/** A process that runs one job outlives its worker, but not its test. */
const ORPHAN_MS = 60_000;
// Some kinds fail by design, and their jobs have to die in time: the circuit breaker never opens unless a scenario asks for it.
const NO_BREAKER = { circuitBreaker: { minSamples: 1_000_000 } };

// This same program, for one job. Its end is told by the process that started it.
const solo = { entry: process.argv[1]! };

@Module({})
class WorkloadModule {
  static forRoot({ queue, worker }: WorkerWorkload, ledger: Ledger): DynamicModule {
    return {
      module: WorkloadModule,
      imports: [QueueModule.forRoot(queue), WorkerModule.forRoot({ ...NO_BREAKER, solo, ...worker })],
      providers: [{ provide: Ledger, useValue: ledger }, EventWitness, ...TEST_HANDLERS],
    };
  }
}

const workload = readWorkload<WorkerWorkload>();
const ledger = new Ledger(workload.ledger);
if (!isSoloProcess()) endWithParent();
else process.once('disconnect', () => setTimeout(() => process.exit(1), ORPHAN_MS).unref());

const root = WorkloadModule.forRoot(workload, ledger);
if (workload.metricsPort !== undefined && !isSoloProcess()) {
  const { bootGuarded } = await import('./boot-guarded.js');
  await bootGuarded(root, workload.metricsPort);
} else {
  const app = await NestFactory.createApplicationContext(root, { logger: ['error', 'warn'] });
  if (!isSoloProcess()) app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
}
if (!isSoloProcess()) console.log(READY_LINE);
