import { AppConfigModule, type LoadedConfig, toQueueOptions, toWorkerOptions } from '@app/config';
import { ObservabilityModule, type ObservabilityOptions } from '@app/observability';
import { QueueModule, WorkerModule, type WorkerModuleOptions } from '@app/queue';
import { type DynamicModule, Module } from '@nestjs/common';
import { CommandRunHandler } from './handlers/command-run.handler.js';
import { FileDigestHandler } from './handlers/file-digest.handler.js';
import { HttpRequestHandler } from './handlers/http-request.handler.js';
import { HostResolver } from './http/host-resolver.js';
import { RunReport } from './run-report.js';

/** The worker: runs the handlers listed here, and serves health and metrics. Yours go beside `FileDigestHandler` (docs/handlers.md). */
@Module({ providers: [FileDigestHandler, HttpRequestHandler, HostResolver, CommandRunHandler, RunReport] })
export class WorkerAppModule {
  static forRoot(loaded: LoadedConfig, observability: ObservabilityOptions): DynamicModule {
    return {
      module: WorkerAppModule,
      imports: [
        AppConfigModule.forRoot(loaded),
        QueueModule.forRoot(toQueueOptions(loaded.config)),
        WorkerModule.forRoot(workerOptions(loaded)),
        ObservabilityModule.forRoot(observability),
      ],
    };
  }

  /** The same handlers in a process that was started for one job: its events go to the worker that started it. */
  static forSolo(loaded: LoadedConfig): DynamicModule {
    return {
      module: WorkerAppModule,
      imports: [
        AppConfigModule.forRoot(loaded),
        QueueModule.forRoot(toQueueOptions(loaded.config)),
        WorkerModule.forRoot(workerOptions(loaded)),
      ],
    };
  }
}

/** A job that runs alone gets this same program, with the same command line. */
function workerOptions({ config }: LoadedConfig): WorkerModuleOptions {
  const [, entry = '', ...args] = process.argv;
  return { ...toWorkerOptions(config), solo: { entry, args } };
}
