import { QueueError } from './queue-error.js';

/** Two handlers claim the same kind. The worker does not start. */
export class DuplicateKindError extends QueueError {
  constructor(
    readonly kind: string,
    first: string,
    second: string,
  ) {
    super('duplicate-kind', `kind "${kind}" has two handlers: ${first} and ${second}; give one of them another kind`);
  }
}
