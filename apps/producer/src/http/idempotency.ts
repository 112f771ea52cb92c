import { isDeepStrictEqual } from 'node:util';
import type { Job, NewJob } from '@app/queue';
import { invalid, Problem } from './problem.js';

/** Keys of the header live apart from those of bodies: only they promise that another body is refused. */
const NAMESPACE = 'idempotency-key:';
const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * The header `Idempotency-Key`, bare or in quotes as the IETF draft writes it.
 *
 * @throws {Problem} 400.
 */
export function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = String(header).replace(/^"(.*)"$/, '$1');
  if (!KEY.test(key)) throw invalid('Idempotency-Key', key, '1 to 255 visible ASCII characters');
  return key;
}

/** The job under the key of the header. @throws {Problem} 400: the body brings a key of its own. */
export function withIdempotencyKey(job: NewJob, key: string): NewJob {
  if (job.uniqueKey === undefined) return { ...job, uniqueKey: `${NAMESPACE}${key}` };
  throw invalid('Idempotency-Key', key, 'no header beside a key in the body', 'send one of the two');
}

/** Each job of many has its own key. */
export function refuseIdempotencyKey(header: string | string[] | undefined): void {
  if (header === undefined) return;
  throw invalid(
    'Idempotency-Key',
    String(header),
    'no such header for many jobs',
    'give each job a uniqueKey or an id',
  );
}

/** Whether a stored job is what this request asks for. What the request leaves open, such as the id, may be anything. */
export function isSameJob(stored: Job, asked: NewJob, defaultQueue: string): boolean {
  return (
    stored.kind === asked.kind &&
    stored.queue === (asked.queue ?? defaultQueue) &&
    (asked.id === undefined || stored.id === asked.id) &&
    stored.maxRetries === asked.maxRetries &&
    stored.timeoutMs === asked.timeoutMs &&
    stored.dueAtMs === dueAtMs(asked, stored.createdAtMs) &&
    isDeepStrictEqual(stored.payload, asStored(asked.payload))
  );
}

/** JSON knows no -0. */
function asStored(payload: unknown): unknown {
  return JSON.parse(JSON.stringify(payload)) as unknown;
}

function dueAtMs({ runAtMs = 0, delayMs = 0 }: NewJob, createdAtMs: number): number {
  return delayMs > 0 ? createdAtMs + delayMs : Math.max(runAtMs, createdAtMs);
}

/** The key was used for something else. */
export function otherBodyProblem(id: string): Problem {
  return new Problem({
    status: 422,
    code: 'idempotency-key-reused',
    detail: `this Idempotency-Key was used before, for job "${id}" with another body`,
    remedy: 'take a new key for a new job; send the same body to repeat one',
    field: 'Idempotency-Key',
    id,
  });
}
