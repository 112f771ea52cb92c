import { QueueError } from './queue-error.js';

/** No partition knows this id: it never existed, or it completed and was trimmed, or it was purged. */
export class JobNotFoundError extends QueueError {
  constructor(readonly jobId: string) {
    super('job-not-found', `job "${jobId}" is not in the queue (never stored, purged, or completed and trimmed since)`);
  }
}
