import { QueueError } from './queue-error.js';

/** Redis answered with an error word (OOM, READONLY, NOPERM…): the call changed nothing. */
export class RedisRefusedError extends QueueError {
  constructor(
    readonly word: string,
    detail: string,
    options?: ErrorOptions,
  ) {
    super('redis-refused', `Redis refused: ${detail}`, options);
  }
}
