import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { Registry } from 'prom-client';
import { ClaimProgress } from './health/claim-progress.js';
import { WorkInSight } from './health/work-in-sight.js';
import { ClaimLoopIndicator } from './health/claim-loop.indicator.js';
import { HealthController } from './health/health.controller.js';
import { ReadinessService } from './health/readiness.service.js';
import { RedisIndicator } from './health/redis.indicator.js';
import { WorkerProbe } from './health/worker-status.js';
import { AppLogger } from './logging/app-logger.js';
import { EventLog } from './logging/event-log.service.js';
import { EvictionWarning } from './logging/eviction-warning.js';
import { ClientCertificateGuard } from './metrics/client-certificate.guard.js';
import { EventMetrics } from './metrics/event-metrics.service.js';
import { HttpMetrics } from './metrics/http-metrics.js';
import { JobMetrics } from './metrics/job-metrics.js';
import { MetricsController } from './metrics/metrics.controller.js';
import { MetricsTokenGuard } from './metrics/metrics-token.guard.js';
import { MetricsToken } from './metrics/metrics-token.js';
import { ProcessGauges } from './metrics/process-gauges.js';
import { QueueSampler } from './metrics/queue-sampler.service.js';
import { RedisGauges } from './metrics/redis-gauges.js';
import { OBSERVABILITY_OPTIONS, type ObservabilityOptions } from './observability.options.js';
import { SettleSpans } from './tracing/settle-spans.js';
import { TracingModule } from './tracing/tracing.module.js';

/** Of prom-client's own metrics: gauges that are named like counters, which `promtool check metrics` refuses. */
const MISNAMED = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total'];

/** Nest writes the metadata of modules as JSON when devtools look on; a registry refers to itself. */
class AppRegistry extends Registry {
  toJSON(): string {
    return 'the metrics of this app';
  }
}

/**
 * Logs, metrics and health of one app: what happens in the queue becomes log lines and metrics, and `/healthz`, `/readyz`
 * and `/metrics` become routes of the app that imports this module. Needs `QueueModule` beside it.
 *
 * An app of this project is a Nest application whose only HTTP routes are these ({@link bootApp} lets it listen). Whatever
 * else an app serves gets a listener of its own.
 */
@Module({})
export class ObservabilityModule {
  /** @throws {StartError} `bearerTokenFile` cannot be read. */
  static forRoot(options: ObservabilityOptions): DynamicModule {
    const registry = new AppRegistry();
    return {
      module: ObservabilityModule,
      global: true, // PrometheusModule makes our controller, and finds what that needs here
      imports: [TerminusModule.forRoot({ logger: false }), prometheus(registry), TracingModule.forRoot(options)],
      controllers: [HealthController],
      providers: [
        { provide: OBSERVABILITY_OPTIONS, useValue: options },
        { provide: Registry, useValue: registry },
        { provide: AppLogger, useFactory: () => new AppLogger(options) },
        { provide: MetricsToken, useValue: MetricsToken.read(options.bearerTokenFile) },
        { provide: JobMetrics, useFactory: () => new JobMetrics(registry, options.queues) },
        { provide: HttpMetrics, useFactory: () => new HttpMetrics(registry) },
        { provide: RedisGauges, useFactory: () => new RedisGauges(registry, options.queues) },
        EventLog,
        EvictionWarning,
        EventMetrics,
        SettleSpans,
        QueueSampler,
        ProcessGauges,
        MetricsTokenGuard,
        ClientCertificateGuard,
        WorkerProbe,
        RedisIndicator,
        ClaimLoopIndicator,
        ClaimProgress,
        WorkInSight,
        ReadinessService,
      ],
      exports: [OBSERVABILITY_OPTIONS, AppLogger, HttpMetrics, Registry, MetricsToken],
    };
  }
}

function prometheus(registry: Registry): DynamicModule {
  const defaultMetrics = { enabled: true, config: { register: registry } };
  const module = PrometheusModule.register({ controller: MetricsController, defaultMetrics });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  return module;
}
