import 'reflect-metadata';
import { loadConfig } from '@app/config';
import { AppLogger, bootApp, type ObservabilityOptions, runMain } from '@app/observability';
import { ServeModule } from './serve.module.js';

/** Put in by the build (rolldown.config.mjs). */
const version = process.env.BUILD_VERSION ?? 'development';
const revision = process.env.BUILD_REVISION ?? 'unknown';

/**
 * The admin Deployment: health, readiness, and the gauges of Redis, which are there also when no worker runs. Returns
 * when it is up; SIGTERM and SIGINT end it. What keeps it from starting ends the process with a message.
 */
export function serve(file: string | undefined): Promise<void> {
  return runMain('admin', () => start(file));
}

async function start(file: string | undefined): Promise<void> {
  const loaded = loadConfig({ file, env: process.env });
  const { queue, observability } = loaded.config;
  const options: ObservabilityOptions = { app: 'admin', version, revision, queues: queue.names, ...observability };
  const app = await bootApp(ServeModule.forRoot(loaded, options), options);
  const logger = app.get(AppLogger);
  for (const note of loaded.notes) logger.write('info', note);
  for (const warning of loaded.warnings) logger.write('warn', warning);
}
