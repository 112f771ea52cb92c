import type { Server } from 'node:http';
import { constants } from 'node:os';
import type { INestApplication } from '@nestjs/common';
import type { AppLogger } from '../logging/app-logger.js';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** A terminal and a parent process may pass on the same request: two signals so close are one. */
const SAME_REQUEST_MS = 500;

/**
 * The first SIGTERM or SIGINT drains the app and exits with 0; the next one leaves at once (exit code 128 + signal), and
 * the leases of its jobs run out.
 */
export function drainOnSignals(app: INestApplication, logger: AppLogger): void {
  let firstMs: number | undefined;
  const onSignal = (signal: (typeof SIGNALS)[number]): void => {
    if (firstMs === undefined) {
      firstMs = performance.now();
      logger.write('info', `${signal}: draining; a second signal leaves at once`);
    } else if (performance.now() - firstMs > SAME_REQUEST_MS) {
      logger.write('warn', `${signal} again: leaving at once`);
      process.exit(128 + constants.signals[signal]);
    }
  };
  app.enableShutdownHooks([...SIGNALS], { useProcessExit: true });
  for (const signal of SIGNALS) {
    process.on(signal, onSignal);
    (app.getHttpServer() as Server).once('close', () => process.off(signal, onSignal));
  }
}
