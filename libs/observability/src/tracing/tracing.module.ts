import { JOB_TRACER } from '@app/queue';
import { type DynamicModule, Module } from '@nestjs/common';
import type { ObservabilityOptions } from '../observability.options.js';
import { Tracing } from './tracing.service.js';

/** Gives the queue its tracer. A global module of its own: the queue finds it, and it needs nothing of the queue. */
@Module({})
export class TracingModule {
  static forRoot(options: ObservabilityOptions): DynamicModule {
    return {
      module: TracingModule,
      global: true,
      providers: [
        { provide: Tracing, useFactory: () => Tracing.start(options) },
        { provide: JOB_TRACER, inject: [Tracing], useFactory: ({ jobs }: Tracing) => jobs },
      ],
      exports: [Tracing, JOB_TRACER],
    };
  }
}
