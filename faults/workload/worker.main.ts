import 'reflect-metadata';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { QueueModule, WorkerModule } from '@app/queue';
import { Ledger } from '../ledger.js';
import { EventWitness } from './event-witness.js';
import { TEST_HANDLERS } from './test-handlers.js';
import { endWithParent, READY_LINE, readWorkload, type WorkerWorkload } from './workload-options.js';

// Some kinds fail by design, and their jobs have to die in time: the circuit breaker never opens unless a scenario asks for it.
const NO_BREAKER = { circuitBreaker: { minSamples: 1_000_000 } };

@Module({})
class WorkloadModule {
  static forRoot({ queue, worker }: WorkerWorkload, ledger: Ledger): DynamicModule {
    return {
      module: WorkloadModule,
      imports: [QueueModule.forRoot(queue), WorkerModule.forRoot({ ...NO_BREAKER, ...worker })],
      providers: [{ provide: Ledger, useValue: ledger }, EventWitness, ...TEST_HANDLERS],
    };
  }
}

const workload = readWorkload<WorkerWorkload>();
const ledger = new Ledger(workload.ledger);
endWithParent();

const app = await NestFactory.createApplicationContext(WorkloadModule.forRoot(workload, ledger), {
  logger: ['error', 'warn'],
});
app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
console.log(READY_LINE);
