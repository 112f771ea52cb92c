import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppLogger } from '../logging/app-logger.js';
import type { ObservabilityOptions } from '../observability.options.js';
import { wantsDevtools, withDevtools } from './devtools.js';
import { guardProcess } from './process-guards.js';
import { drainOnSignals } from './signals.js';
import { listen } from './listen.js';
import { readListenerTls } from './listener-tls.js';

/**
 * Starts one long-running app: Nest with our logger, health and metrics on their own listener, SIGTERM and SIGINT drain.
 * Redis may be away: the app starts all the same, and readiness says so.
 *
 * @param module - the root module; it imports `ObservabilityModule.forRoot(options)`.
 * @throws whatever keeps it from starting, after everything that had started was stopped; see {@link runMain}.
 */
export async function bootApp(
  module: Type | DynamicModule,
  options: ObservabilityOptions,
): Promise<NestFastifyApplication> {
  const logger = new AppLogger(options);
  const https = readListenerTls(options.tls);
  const isWatched = wantsDevtools();
  const root = isWatched ? await withDevtools(options.app, module) : module;
  const app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(https ? { https } : {}), {
    snapshot: isWatched,
    logger,
    abortOnError: false,
    bodyParser: false,
    forceCloseConnections: true,
  });
  try {
    drainOnSignals(app, logger);
    guardProcess(app, logger);
    const url = await listen(app, options);
    logger.write('info', `${options.app} ${options.version} is up: health and metrics on ${url}`);
    return app;
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
}
