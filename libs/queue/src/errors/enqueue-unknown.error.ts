import { QueueError } from './queue-error.js';

/** The deadline passed without an answer: the job may be stored or not. Enqueue it again with the same unique key. */
export class EnqueueUnknownError extends QueueError {
  constructor(
    readonly jobId: string,
    readonly deadlineMs: number,
    options?: ErrorOptions,
  ) {
    super(
      'enqueue-unknown',
      `job "${jobId}": Redis gave no answer within ${deadlineMs} ms, so it may be stored or not; enqueue again with the same unique key`,
      options,
    );
  }
}
