import { bool, duration, integer, oneOf, positiveNumber, text, textLike } from '../schema/scalar-types.js';
import { Section, Setting } from '../schema/setting.decorator.js';
import { BIND_ADDRESS } from './patterns.js';

/** `observability.tls`: TLS of the health and metrics listener. */
class ObservabilityTlsConfig {
  @Setting(bool(), 'Serve health and metrics over TLS')
  readonly enabled: boolean = false; // loopback needs none

  @Setting(text(), 'File with the authorities of client certificates; with it, /metrics demands one')
  readonly caFile: string = ''; // none: clients need no certificate

  @Setting(text(), "File with the server's certificate")
  readonly certFile: string = ''; // needed by enabled

  @Setting(text(), "File with the server's key")
  readonly keyFile: string = ''; // belongs to cert_file
}

/** `observability.tracing`: OpenTelemetry. */
class TracingConfig {
  @Setting(bool(), 'Send traces')
  readonly enabled: boolean = false; // costs, and needs a collector

  @Setting(text(), 'URL of the OTLP/HTTP collector; without a path, /v1/traces is added')
  readonly endpoint: string = ''; // needed by enabled

  @Setting(
    positiveNumber({ max: 1 }),
    'Share of new traces that are sent; what comes in with a trace keeps its decision',
  )
  readonly sampleRatio: number = 1; // all: thin them out when the collector cannot keep up
}

/** `observability`: health, metrics and logs. */
export class ObservabilityConfig {
  @Setting(textLike(BIND_ADDRESS, 'an address without a port'), 'Address on which health and metrics listen')
  readonly bind: string = '127.0.0.1'; // this machine only

  @Setting(
    integer({ min: 0, max: 65_535 }),
    'Port of health and metrics; 0: 9090 for the producer, 9091 for the worker, 9092 for `admin serve`',
  )
  readonly metricsPort: number = 0; // one file serves all apps on one machine

  @Setting(text(), 'File with the token that /metrics demands; empty: none')
  readonly bearerTokenFile: string = ''; // none needed on loopback

  @Section(ObservabilityTlsConfig)
  readonly tls: ObservabilityTlsConfig = new ObservabilityTlsConfig();

  @Setting(oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal'), 'The least serious log lines that are written')
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' = 'info'; // what an operator wants to read

  @Setting(duration({ min: '100ms' }), 'How often the lengths and ages of the queues are read for the metrics')
  readonly queueSampleIntervalMs: number = 2_000; // fresher than any scrape

  @Section(TracingConfig)
  readonly tracing: TracingConfig = new TracingConfig();
}
