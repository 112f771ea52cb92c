import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppLogger } from '../logging/app-logger.js';
import type { ObservabilityOptions } from '../observability.options.js';
import { drainOnSignals } from './signals.js';
import { listen } from './listen.js';

/** Development extras. */
export interface BootExtras {
  /** Keeps the graph of the application for Nest devtools. */
  readonly snapshot?: boolean;
}

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
  extras: BootExtras = {},
): Promise<NestFastifyApplication> {
  const logger = new AppLogger(options);
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
    ...extras,
    logger,
    abortOnError: false,
    bodyParser: false,
    forceCloseConnections: true,
  });
  try {
    drainOnSignals(app, logger);
    const url = await listen(app, options);
    logger.write('info', `${options.app} ${options.version} is up: health and metrics on ${url}`);
    return app;
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
}
