import { QueueError } from './queue-error.js';

/** What is known of a call that failed on its way: `not-sent` certainly changed nothing, `unknown` may have been executed. */
export type CallFate = 'not-sent' | 'unknown';

/** Redis did not answer a call. `fate` says whether it may have been executed all the same. */
export class RedisUnavailableError extends QueueError {
  constructor(
    readonly fate: CallFate,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super('redis-unavailable', `Redis did not answer (${detail})`, options);
  }
}
