import { QueueError } from './queue-error.js';

/** Why Redis or the queue certainly did not store a job. */
export type RefusalReason =
  'out-of-memory' | 'read-only' | 'disk' | 'loading' | 'unreachable' | 'stale-sequence' | 'error';

/** The job was certainly not stored. Enqueueing it again, also under another id, cannot make it run twice. */
export class EnqueueRefusedError extends QueueError {
  constructor(
    readonly reason: RefusalReason,
    detail: string,
    options?: ErrorOptions,
  ) {
    super('enqueue-refused', `enqueue refused (${reason}): ${detail}`, options);
  }
}
