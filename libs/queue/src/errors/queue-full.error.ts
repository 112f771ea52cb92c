import { QueueError } from './queue-error.js';

/** The queue holds `queue.max_length` waiting jobs in this partition. Nothing was stored. */
export class QueueFullError extends QueueError {
  constructor(
    readonly queue: string,
    readonly maxLength: number,
  ) {
    super('queue-full', `queue "${queue}" is full (${maxLength} jobs wait in this partition); enqueue again later`);
  }
}
