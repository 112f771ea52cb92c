import { AppConfigModule, type LoadedConfig, toQueueOptions } from '@app/config';
import { ObservabilityModule, type ObservabilityOptions } from '@app/observability';
import { QueueModule } from '@app/queue';
import { type DynamicModule, Module } from '@nestjs/common';
import { ScanService } from './scan/scan.service.js';

/** The producer: enqueues, and serves health and metrics. */
@Module({ providers: [ScanService] })
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
