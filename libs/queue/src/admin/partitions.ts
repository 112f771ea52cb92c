import { QueueError } from '../errors/queue-error.js';
import type { QueueOptions } from '../queue.options.js';
import { QueueKeys } from '../redis/queue-keys.js';

/** The keys of every partition, in order. */
export function keysOfAll({ prefix, partitions }: QueueOptions): QueueKeys[] {
  return Array.from({ length: partitions }, (_, partition) => new QueueKeys(prefix, partition));
}

/** @throws {QueueError} `invalid-options`: no such queue is configured. */
export function checkQueue(queue: string, { names }: QueueOptions): void {
  if (!names.includes(queue))
    throw new QueueError('invalid-options', `queue: found "${queue}", expected one of ${names.join(', ')}`);
}
