import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ObservabilityOptions } from '../observability.options.js';
import { setActiveTrace } from './active-trace.js';
import type { JobSpans } from './job-spans.js';
import type { RequestSpans } from './request-spans.js';
import type { TraceSdk } from './trace-sdk.js';

/** What traces, once it has been loaded. */
interface TraceParts {
  readonly sdk: TraceSdk;
  readonly jobs: JobSpans;
  readonly requests: RequestSpans;
}

/**
 * OpenTelemetry traces of an app when `observability.tracing.enabled`; else nothing of it is even loaded. What waits is sent when
 * the app stops, for at most 2 s.
 */
@Injectable()
export class Tracing implements OnApplicationShutdown {
  private constructor(private readonly parts: TraceParts | undefined) {}

  static async start(options: ObservabilityOptions): Promise<Tracing> {
    if (!options.tracing.enabled) return new Tracing(undefined);
    const [{ startSdk }, { JobSpans, activeFields }, { RequestSpans }] = await Promise.all([
      import('./trace-sdk.js'),
      import('./job-spans.js'),
      import('./request-spans.js'),
    ]);
    const sdk = startSdk(options);
    setActiveTrace(activeFields);
    return new Tracing({ sdk, jobs: new JobSpans(sdk.tracer), requests: new RequestSpans(sdk.tracer) });
  }

  /** Traces of jobs; undefined when nothing is traced. */
  get jobs(): JobSpans | undefined {
    return this.parts?.jobs;
  }

  /** Traces of HTTP requests; undefined when nothing is traced. */
  get requests(): RequestSpans | undefined {
    return this.parts?.requests;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.parts?.sdk.stop();
    setActiveTrace();
  }
}
