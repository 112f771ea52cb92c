import 'reflect-metadata';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { QueueModule, WorkerModule } from '@app/queue';
import { Ledger } from '../ledger.js';
import { EventWitness } from './event-witness.js';
import { TEST_HANDLERS } from './test-handlers.js';
import { endWithParent, READY_LINE, readWorkload, type WorkerWorkload } from './workload-options.js';

@Module({})
class WorkloadModule {
  static forRoot({ queue, worker }: WorkerWorkload, ledger: Ledger): DynamicModule {
    return {
      module: WorkloadModule,
      imports: [QueueModule.forRoot(queue), WorkerModule.forRoot(worker)],
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
