export { bootApp } from './boot/boot-app.js';
export { runMain } from './boot/run-main.js';
export { AppLogger } from './logging/app-logger.js';
export type { LogFields } from './logging/log-fields.js';
export { METRICS, type MetricDefinition } from './metrics/metric-names.js';
export { ObservabilityModule } from './observability.module.js';
export { DEFAULT_PORTS } from './observability.options.js';
export type { AppName, LogLevel, ObservabilityOptions } from './observability.options.js';
export { StartError } from './start-error.js';
