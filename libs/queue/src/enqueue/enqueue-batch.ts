import type { EnqueueResult } from '../job/job.js';
import type { QueueError } from '../errors/queue-error.js';

/** Most jobs, and most bytes of records, in one script call: it must not hold up Redis for others. */
const BATCH_JOBS = 200;
const BATCH_BYTES = 65_536;

/** A job on its way, checked and encoded. */
export interface PendingJob {
  readonly id: string;
  readonly kind: string;
  readonly queue: string;
  /** `0`: now, `+ms`: from now, `ms`: at. */
  readonly when: string;
  readonly recordTail: string;
  readonly uniqueKey?: string;
  /** Where it stands among the jobs it came with. */
  readonly index: number;
  /** Told once, with the job itself: one function serves all jobs that came together. */
  readonly settle: (answer: EnqueueResult | QueueError, job: PendingJob) => void;
}

/** Jobs of one partition that travel together, under one sequence number. */
export class EnqueueBatch {
  readonly jobs: PendingJob[] = [];
  /** When the first job came, for the deadline; `performance.now()`. */
  readonly startedAt = performance.now();
  private bytes = 0;

  constructor(readonly sequence: number) {}

  /** Whether one more job fits. The first one always does. */
  hasRoomFor(job: PendingJob): boolean {
    return (
      this.jobs.length === 0 || (this.jobs.length < BATCH_JOBS && this.bytes + job.recordTail.length <= BATCH_BYTES)
    );
  }

  add(job: PendingJob): void {
    this.jobs.push(job);
    this.bytes += job.recordTail.length;
  }
}
