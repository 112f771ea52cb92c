import { AppConfigModule, type LoadedConfig, toQueueOptions } from '@app/config';
import { ObservabilityModule, type ObservabilityOptions } from '@app/observability';
import { QueueModule } from '@app/queue';
import { type DynamicModule, Module } from '@nestjs/common';

/** `admin serve`: looks at the queue and tells; it has no endpoint that changes anything. */
@Module({})
export class ServeModule {
  static forRoot(loaded: LoadedConfig, observability: ObservabilityOptions): DynamicModule {
    return {
      module: ServeModule,
      imports: [
        AppConfigModule.forRoot(loaded),
        QueueModule.forRoot(toQueueOptions(loaded.config)),
        ObservabilityModule.forRoot(observability),
      ],
    };
  }
}
