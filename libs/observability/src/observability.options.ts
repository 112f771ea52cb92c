import type { DestinationStream } from 'pino';

/** The long-running apps; each has its own log name and default port. */
export type AppName = 'producer' | 'worker' | 'admin';

/** Levels of `observability.log_level`, least serious first. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** TLS of the listener of health and metrics. */
export interface ListenerTlsOptions {
  readonly enabled: boolean;
  /** File with the server's certificate, in PEM, its chain behind it. */
  readonly certFile: string;
  readonly keyFile: string;
  /** File with the authorities of client certificates; empty: a scrape needs none. */
  readonly caFile: string;
}

/** Where traces go. */
export interface TracingOptions {
  readonly enabled: boolean;
  /** URL of an OTLP/HTTP collector; without a path, `/v1/traces` is added. */
  readonly endpoint: string;
  /** Share of new traces that are sent, above 0 up to 1; a trace that comes in with a job or a request stays as it was decided there. */
  readonly sampleRatio: number;
}

/** What an app says about itself, and its section `observability` of the configuration. All times in ms. */
export interface ObservabilityOptions {
  readonly app: AppName;
  readonly version: string;
  /** Commit the build was made from. */
  readonly revision: string;
  /** The queues that get labels of their own in metrics; all others are `other`. */
  readonly queues: readonly string[];
  readonly bind: string;
  /** 0: {@link DEFAULT_PORTS}. */
  readonly metricsPort: number;
  /** File with the token that `/metrics` demands; empty: none. Read once, at start. */
  readonly bearerTokenFile: string;
  readonly tls: ListenerTlsOptions;
  readonly logLevel: LogLevel;
  readonly queueSampleIntervalMs: number;
  readonly tracing: TracingOptions;
  /** Where log lines go. Default: stdout, written before the call returns. */
  readonly logStream?: DestinationStream;
}

/** Injection token of {@link ObservabilityOptions}. */
export const OBSERVABILITY_OPTIONS = Symbol('OBSERVABILITY_OPTIONS');

/** The port of health and metrics when `observability.metrics_port` is 0. */
export const DEFAULT_PORTS: Readonly<Record<AppName, number>> = { producer: 9_090, worker: 9_091, admin: 9_092 };
