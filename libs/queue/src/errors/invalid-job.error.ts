import { QueueError } from './queue-error.js';

/** The job as given cannot be enqueued: one field breaks a rule. Nothing was sent to Redis. */
export class InvalidJobError extends QueueError {
  constructor(
    readonly field: string,
    readonly found: string,
    readonly expected: string,
  ) {
    super('invalid-job', `${field}: found ${found}, expected ${expected}`);
  }
}
