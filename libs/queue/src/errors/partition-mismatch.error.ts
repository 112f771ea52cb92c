import { QueueError } from './queue-error.js';

/** Redis holds this queue under another partition count or a newer schema. The app must not start. */
export class PartitionMismatchError extends QueueError {
  constructor(
    readonly fact: 'partitions' | 'schema',
    readonly stored: number,
    readonly configured: number,
    prefix: string,
  ) {
    super(
      'partition-mismatch',
      `Redis holds "${prefix}" with ${fact} ${stored}, this app has ${configured}; ` +
        `set queue.partitions to the stored value, or drain the queue and follow "Growing partitions" in docs/architecture.md`,
    );
  }
}
