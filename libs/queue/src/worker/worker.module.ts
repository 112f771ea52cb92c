import { type DynamicModule, Module, type ModuleMetadata, type Provider } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Maintenance } from '../maintenance/maintenance.service.js';
import { Reaper } from '../maintenance/reaper.service.js';
import { Retention } from '../maintenance/retention.service.js';
import {
  resolveWorkerOptions,
  type QueueOptions,
  type WorkerModuleOptions,
  type WorkerOptions,
} from '../queue.options.js';
import { QUEUE_OPTIONS, WORKER_OPTIONS } from '../queue.tokens.js';
import { Dispatcher } from './dispatcher.service.js';
import { HandlerRegistry } from './handler-registry.service.js';
import { Prefetch } from './prefetch.js';
import { Slots } from './slots.js';
import { SoloRunner } from './solo-runner.service.js';
import { SoloWorker } from './solo-worker.service.js';
import { StillRunning } from './still-running.js';
import { WaitingLine } from './waiting-line.js';
import { WorkerLifecycle } from './worker-lifecycle.service.js';

/** Options of a worker that depend on other providers. */
export interface WorkerAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: never[];
  readonly useFactory: (...deps: never[]) => WorkerModuleOptions | Promise<WorkerModuleOptions>;
}

/** A worker beside `QueueModule`: runs every `@JobHandler` of the application from bootstrap to shutdown. */
@Module({})
export class WorkerModule {
  static forRoot(options: WorkerModuleOptions = {}): DynamicModule {
    return this.with([], {
      provide: WORKER_OPTIONS,
      inject: [QUEUE_OPTIONS],
      useFactory: (queue: QueueOptions) => resolveWorkerOptions(options, queue.names),
    });
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: WorkerAsyncOptions): DynamicModule {
    const resolve = async (queue: QueueOptions, ...deps: never[]): Promise<WorkerOptions> =>
      resolveWorkerOptions(await useFactory(...deps), queue.names);
    return this.with(imports, { provide: WORKER_OPTIONS, inject: [QUEUE_OPTIONS, ...inject], useFactory: resolve });
  }

  private static with(imports: NonNullable<ModuleMetadata['imports']>, options: Provider): DynamicModule {
    const slots = {
      provide: Slots,
      inject: [WORKER_OPTIONS],
      useFactory: ({ count, prefetch }: WorkerOptions) => new Slots(count, new Prefetch(prefetch, count)),
    };
    return {
      module: WorkerModule,
      global: true,
      imports: [DiscoveryModule, ...imports],
      providers: [
        options,
        slots,
        StillRunning,
        HandlerRegistry,
        Dispatcher,
        WaitingLine,
        Reaper,
        Retention,
        Maintenance,
        SoloRunner,
        SoloWorker,
        WorkerLifecycle,
      ],
      exports: [WorkerLifecycle, WORKER_OPTIONS],
    };
  }
}
