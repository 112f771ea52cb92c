import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppLogger } from '../logging/app-logger.js';
import type { ObservabilityOptions } from '../observability.options.js';

/**
 * Starts a worker app in a process that was started for one job (`isSoloProcess`): our logger, no listener, no health, no
 * metrics. `WorkerModule` runs the job and ends the process.
 *
 * @throws whatever keeps it from starting; see {@link runMain}. No job is claimed then.
 */
export async function bootSolo(module: Type | DynamicModule, options: ObservabilityOptions): Promise<void> {
  await NestFactory.createApplicationContext(module, { logger: new AppLogger(options), abortOnError: false });
}
