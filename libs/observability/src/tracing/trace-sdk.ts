import { context, propagation, trace, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { ObservabilityOptions } from '../observability.options.js';

/** OpenTelemetry of this process, started. */
export interface TraceSdk {
  readonly tracer: Tracer;
  /** Sends what waits and ends; never throws for a collector that is away. */
  stop(): Promise<void>;
}

/** How long a stopping app waits for its collector. */
const FLUSH_MS = 2_000;

/** Loaded only when `observability.tracing.enabled`: it takes a while. */
export function startSdk({ app, version, tracing }: ObservabilityOptions): TraceSdk {
  const exporter = new OTLPTraceExporter({ url: collectorUrl(tracing.endpoint), timeoutMillis: FLUSH_MS });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `jobqueue-${app}`, 'service.version': version }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(tracing.sampleRatio) }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  return { tracer: provider.getTracer('job-queue-system', version), stop: () => stop(provider) };
}

async function stop(provider: BasicTracerProvider): Promise<void> {
  await Promise.race([
    provider.shutdown().catch(() => undefined),
    new Promise((resolve) => setTimeout(resolve, FLUSH_MS).unref()),
  ]);
  for (const api of [trace, context, propagation]) api.disable();
}

function collectorUrl(endpoint: string): string {
  const url = new URL(endpoint);
  if (url.pathname === '/') url.pathname = '/v1/traces';
  return url.href;
}
