import type { DeadJob } from './dead-jobs.js';

/** Which dead jobs are meant: every part that is given must hold. It means the same wherever dead jobs are selected. */
export interface DeadFilter {
  readonly kind?: string;
  /** The queue it came from, and would go back to. */
  readonly queue?: string;
  /** A group, that is a fingerprint or a reason; or a part of class and message of the last failure, in any case. */
  readonly error?: string;
  /** Dead for at least so long by the Redis clock. */
  readonly olderThanMs?: number;
  /** At most so many, those that died first. */
  readonly limit?: number;
}

/** Whether a filter asks for more than the time of death. */
export function asksForFacts({ kind, queue, error }: DeadFilter): boolean {
  return kind !== undefined || queue !== undefined || error !== undefined;
}

/** Whether a job is meant; its age and the limit are judged by who reads the queue. */
export function isMeant({ kind, queue, error }: DeadFilter, job: DeadJob): boolean {
  if (kind !== undefined && job.kind !== kind) return false;
  if (queue !== undefined && job.queue !== queue) return false;
  return error === undefined || diedOf(error, job);
}

function diedOf(error: string, { reason, fingerprint, lastFailure }: DeadJob): boolean {
  if (error === fingerprint || error === reason) return true;
  return lastFailure !== null && lastFailure.toLowerCase().includes(error.toLowerCase());
}
