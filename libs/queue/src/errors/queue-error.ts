/** Stable codes of every error this library throws. Callers test the code or the class, never the text. */
export type QueueErrorCode =
  | 'job-not-found'
  | 'lease-lost'
  | 'enqueue-refused'
  | 'enqueue-unknown'
  | 'queue-full'
  | 'invalid-payload'
  | 'invalid-job'
  | 'invalid-transition'
  | 'invalid-options'
  | 'script-contract'
  | 'partition-mismatch'
  | 'duplicate-kind'
  | 'redis-unavailable'
  | 'redis-refused';

/** Root of all errors of the library: a stable code, and the facts as fields of the subclass. */
export class QueueError extends Error {
  constructor(
    readonly code: QueueErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}
