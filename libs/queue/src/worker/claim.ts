import type { Job } from '../job/job.js';
import type { JobHistory } from '../job/job-history.js';

/** What a worker must send to Redis to end a claim. */
export type Settlement =
  | { readonly verb: 'ack'; readonly outcomeTail: string }
  | {
      readonly verb: 'retry' | 'snooze' | 'bury';
      readonly queue: number;
      readonly delayMs: number;
      readonly historyTail: string;
      readonly failure?: StoredFailure;
    }
  | { readonly verb: 'release'; readonly queue: number };

/** An error as it is stored, once a fingerprint. */
export interface StoredFailure {
  readonly fingerprint: string;
  readonly json: string;
}

/** `running`, then `unconfirmed` (ended, Redis has not answered), then `confirmed` (remembered for a while). */
export type ClaimPhase = 'running' | 'unconfirmed' | 'confirmed';

/** One claim of one job under one incarnation. */
export interface Claim {
  readonly jobId: string;
  /** Changes only when Redis lost the claim and gave the job to the same worker again while it runs. */
  number: number;
  phase: ClaimPhase;
  settlement?: Settlement;
  /** How often the settlement was sent. `gone` is success on a resend, and a sign of lost data on a first send. */
  sends: number;
  /** Told when the settlement is confirmed: `vanished` means Redis did not know the claim at its first send. */
  onConfirmed?: (vanished: boolean) => void;
  /** Told when the incarnation is lost while this runs. */
  onLost?: () => void;
  /** Told when a drain gave the job back while this ran. */
  onReleased?: () => void;
  confirmedAtMs: number;
}

/** A claim as a script reported it, with what is needed to run it. */
export interface ClaimedJob {
  readonly jobId: string;
  readonly number: number;
  readonly record: string;
  readonly history: string;
  /** When Redis gave it, ms, Redis clock. */
  readonly claimedAtMs: number;
}

/** A claim whose record could be read. */
export interface ReadyJob {
  readonly job: Job;
  readonly history: JobHistory;
}
