import type { EnqueueResult, Job } from '../job/job.js';
import type { QueueError } from '../errors/queue-error.js';
import type { JobEvent, RunEvent } from './queue-events.js';

/** The trace of one enqueue. */
export interface SendTrace {
  /** What travels with the job. */
  readonly headers: Readonly<Record<string, string>>;
  /** Told once what became of the enqueue. */
  answered(answer: EnqueueResult | QueueError): void;
}

/**
 * What a tracing library does along the way of a job. An application that traces provides one under `JOB_TRACER`, in a global module;
 * without it nothing is traced and nothing is paid. What Redis took of a run is told by the events of `QueueEvents`.
 */
export interface JobTracer {
  /** A job is about to be sent; its stored headers are those of the answer. */
  sending(job: JobEvent, headers: Readonly<Record<string, string>> | undefined): SendTrace;
  /** Calls the handler, at once and once, inside the trace that the job's headers name, and answers what it answers. */
  running<Result>(job: Job, run: Pick<RunEvent, 'workerId' | 'attempt'>, handle: () => Result): Result;
}
