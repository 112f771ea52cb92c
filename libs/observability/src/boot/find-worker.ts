import { WorkerLifecycle } from '@app/queue';
import type { INestApplication } from '@nestjs/common';

/** The worker of an app, wherever in its modules it is; an app that runs no jobs has none. */
export function findWorker(app: INestApplication): WorkerLifecycle | undefined {
  try {
    return app.get(WorkerLifecycle, { strict: false });
  } catch {
    return undefined;
  }
}
