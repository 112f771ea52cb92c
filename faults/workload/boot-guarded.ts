import { bootApp, ObservabilityModule, type ObservabilityOptions } from '@app/observability';
import { Module, type DynamicModule } from '@nestjs/common';

@Module({})
class GuardedModule {}

/** Boots a workload as the worker app boots: with its guards, its log, and health on this port. */
export async function bootGuarded(workload: DynamicModule, metricsPort: number): Promise<void> {
  const options: ObservabilityOptions = {
    app: 'worker',
    version: 'faults',
    revision: 'faults',
    queues: ['high', 'low'],
    bind: '127.0.0.1',
    metricsPort,
    bearerTokenFile: '',
    tls: { enabled: false, certFile: '', keyFile: '', caFile: '' },
    logLevel: 'info',
    queueSampleIntervalMs: 2_000,
    tracing: { enabled: false, endpoint: '', sampleRatio: 1 },
  };
  await bootApp({ module: GuardedModule, imports: [workload, ObservabilityModule.forRoot(options)] }, options);
}
