import { QueueError } from './queue-error.js';

/** The payload cannot be stored (too large, not JSON) or breaks the rules of its handler. */
export class InvalidPayloadError extends QueueError {
  constructor(detail: string, options?: ErrorOptions) {
    super('invalid-payload', `payload ${detail}`, options);
  }
}
