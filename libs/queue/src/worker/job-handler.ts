import type { Job } from '../job/job.js';

/** What a handler knows of its run besides the job. */
export interface JobContext {
  /** Aborted when the time of the job is over, the lease is lost, or a drain ends its patience. `signal.reason` says which. */
  readonly signal: AbortSignal;
  /** 1 for the first run that counts. */
  readonly attempt: number;
  readonly workerId: string;
}

/**
 * Runs the jobs of one kind. May run more than once for one job (at least once): use `job.id` to notice.
 *
 * What it returns is kept as the outcome (JSON, at most 64 KiB). Throwing `UnrecoverableJobError` buries the job,
 * `SnoozeJobError` postpones it, anything else is a failed attempt.
 */
export interface JobHandlerContract<Payload = unknown, Result = unknown> {
  handle(job: Job<Payload>, context: JobContext): Promise<Result> | Result;
}
