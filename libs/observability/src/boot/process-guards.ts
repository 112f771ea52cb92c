import type { Server } from 'node:http';
import { QueueEvents } from '@app/queue';
import type { INestApplication } from '@nestjs/common';
import type { AppLogger } from '../logging/app-logger.js';
import { toLogError } from '../logging/log-error.js';
import { findWorker } from './find-worker.js';

const EXIT_FAILED = 1;
/** A worker whose Redis does not answer is not waited for any longer, ms. */
const SURRENDER_MOST_MS = 5_000;

/**
 * Ends a process that cannot be trusted any more, with exit code 1, so that its supervisor starts another.
 *
 * An error that nobody caught, or a rejection that nobody handled, is logged once with its stack; a worker claims no more,
 * tells Redis what has ended, and leaves what runs to the reapers, as a crash: if one of those jobs was the cause, that is how it
 * is found. A worker whose handlers are stuck, or that is deaf, drains first.
 */
export function guardProcess(app: INestApplication, logger: AppLogger): void {
  const events = app.get(QueueEvents, { strict: false });
  let isEnding = false;
  const once = (tell: () => void, end: () => Promise<unknown>): void => {
    if (isEnding) return;
    isEnding = true;
    tell();
    void end()
      .catch((error: unknown) => logger.write('error', 'it did not end in order', { err: toLogError(error) }))
      .then(() => process.exit(EXIT_FAILED));
  };
  const onError = (error: unknown, origin: string): void =>
    once(
      () => logger.write('fatal', `${whatIs(origin)}: this process ends`, { err: toLogError(error) }),
      () => surrender(app),
    );
  events.on('worker.stuck', ({ stuck, slots }) =>
    once(
      () =>
        logger.write(
          'fatal',
          `${stuck} handlers ignore that their time is over, with ${slots} slots: draining, then this process ends`,
        ),
      () => app.close(),
    ),
  );
  events.on('worker.broken', ({ silentMs }) =>
    once(
      () =>
        logger.write(
          'fatal',
          `no claim has been answered for ${Math.round(silentMs / 1_000)} s although Redis is up: draining, then this process ends`,
        ),
      () => app.close(),
    ),
  );
  process.on('uncaughtException', onError);
  (app.getHttpServer() as Server).once('close', () => process.off('uncaughtException', onError));
}

function whatIs(origin: string): string {
  return origin === 'unhandledRejection' ? 'a rejection that nobody handled' : 'an error that nobody caught';
}

async function surrender(app: INestApplication): Promise<void> {
  const timeUp = new Promise((resolve) => setTimeout(resolve, SURRENDER_MOST_MS));
  await Promise.race([findWorker(app)?.surrender(), timeUp]);
}
