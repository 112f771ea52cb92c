import { InvalidJobError } from '../errors/invalid-job.error.js';
import type { EnqueueOptions } from './job.js';

const KIND = /^[a-z][a-z0-9._-]{0,63}$/;
const ID = /^[A-Za-z0-9._:-]{1,128}$/;
const UNIQUE_KEY_BYTES = 512;
/** Longest time a job may be postponed. */
export const MAX_DELAY_MS = 10 * 365 * 86_400_000;

/**
 * Checks what a producer says about a job, before anything is sent.
 *
 * @throws {InvalidJobError} names the field, what was found and what is expected.
 */
export function checkNewJob(kind: string, options: EnqueueOptions, queues: readonly string[]): void {
  const { id, queue, uniqueKey, delayMs, runAtMs, maxRetries, timeoutMs } = options;
  check(KIND.test(kind), 'kind', kind, `${KIND.source}`);
  if (id !== undefined) check(ID.test(id), 'id', id, `${ID.source}`);
  if (queue !== undefined) check(queues.includes(queue), 'queue', queue, `one of ${queues.join(', ')}`);
  if (uniqueKey !== undefined) check(isKey(uniqueKey), 'uniqueKey', uniqueKey, `1 to ${UNIQUE_KEY_BYTES} bytes`);
  check(delayMs === undefined || runAtMs === undefined, 'delayMs', `${delayMs} beside runAtMs`, 'one of the two');
  checkNumber('delayMs', delayMs, 0, MAX_DELAY_MS);
  checkNumber('runAtMs', runAtMs, 0, 8_640_000_000_000_000);
  checkNumber('maxRetries', maxRetries, 0, 1_000);
  checkNumber('timeoutMs', timeoutMs, 1, 2_147_483_647);
}

/** Whether a text may be the kind of a job. */
export function isKind(text: string): boolean {
  return KIND.test(text);
}

function isKey(key: string): boolean {
  return key.length > 0 && Buffer.byteLength(key) <= UNIQUE_KEY_BYTES;
}

function checkNumber(field: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined) return;
  check(
    Number.isInteger(value) && value >= least && value <= most,
    field,
    String(value),
    `a whole number from ${least} to ${most}`,
  );
}

function check(holds: boolean, field: string, found: string, expected: string): void {
  if (!holds) throw new InvalidJobError(field, JSON.stringify(String(found).slice(0, 100)), expected);
}
