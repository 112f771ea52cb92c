import { AppConfigModule, type LoadedConfig, toQueueOptions } from '@app/config';
import { ObservabilityModule, type ObservabilityOptions } from '@app/observability';
import { QueueModule } from '@app/queue';
import { type DynamicModule, Module } from '@nestjs/common';
import { IngestServer } from './http/ingest-server.service.js';
import { JobIntake } from './http/job-intake.service.js';
import { JobsRoutes } from './http/jobs.routes.js';
import { ScanService } from './scan/scan.service.js';

/** The producer: enqueues what it finds in folders and what comes over HTTP, and serves health and metrics. */
@Module({ providers: [JobIntake, JobsRoutes, IngestServer, ScanService] })
export class ProducerModule {
  static forRoot(loaded: LoadedConfig, observability: ObservabilityOptions): DynamicModule {
    return {
      module: ProducerModule,
      imports: [
        AppConfigModule.forRoot(loaded),
        QueueModule.forRoot(toQueueOptions(loaded.config)),
        ObservabilityModule.forRoot(observability),
      ],
    };
  }
}
