import { randomUUID } from 'node:crypto';
import { encodeRecordTail, RECORD_VERSION } from '../../queue/src/job/job-codec.js';
import { encodeHistoryTail, NO_HISTORY, type JobHistory } from '../../queue/src/job/job-history.js';
import type { NewJob } from '../../queue/src/job/job.js';

/** A job as `enqueueMany` takes it; a test names only what it is about. */
export function aNewJob(given: Partial<NewJob> = {}): NewJob {
  return { kind: 'test.noop', payload: {}, ...given };
}

/** Many of them, each with an id of its own. */
export function newJobs(count: number, given: Partial<NewJob> = {}): NewJob[] {
  return Array.from({ length: count }, () => aNewJob({ id: randomUUID(), ...given }));
}

/** What a stored record says. */
export interface RecordFacts extends Partial<NewJob> {
  /** Default: 1, in 1970: old enough for every age limit, and equal in each run. */
  readonly createdAtMs?: number;
}

/** The text of `T:jobs` for one job, as the enqueue script writes it. */
export function recordText({ createdAtMs = 1, ...given }: RecordFacts = {}): string {
  const { kind, payload, queue = 'low', ...options } = aNewJob(given);
  return `${RECORD_VERSION} ${createdAtMs} ${encodeRecordTail(queue, kind, payload, options)}`;
}

/** The text of `T:history` for one job. */
export function historyText(given: Partial<JobHistory> = {}): string {
  const history = { ...NO_HISTORY, ...given };
  return `1 ${history.dueAtMs} ${encodeHistoryTail(history)}`;
}
