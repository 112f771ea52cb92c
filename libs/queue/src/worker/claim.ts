import type { JobCancelledError } from '../errors/handler-errors.js';
import type { BenchAddress } from '../job/bench-job.js';

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
  | { readonly verb: 'release'; readonly queue: number }
  /** Set aside until the breaker of the kind has closed. */
  | { readonly verb: 'park'; readonly queue: number; readonly kind: string }
  | { readonly verb: 'answer'; readonly address: BenchAddress | undefined };

/** An error as it is stored, once a fingerprint. */
export interface StoredFailure {
  readonly fingerprint: string;
  readonly json: string;
}

/** `running`, then `unconfirmed` (ended, Redis has not answered), then `confirmed` (remembered for a while). */
export type ClaimPhase = 'running' | 'unconfirmed' | 'confirmed';

/** Who is told what becomes of a claim. Exactly one of the three is called, once. */
export interface ClaimOwner {
  /** Redis answered; `vanished`: it did not know the claim at its first send, so the outcome counts for nothing. */
  confirmed(vanished: boolean): void;
  /** The incarnation is lost: nothing of it can settle anything. */
  lost(): void;
  /** A drain gave the job back while it ran. */
  released(): void;
  /** Somebody asked for its end: not the end itself, which comes by one of the three. May be called again. */
  cancel(reason: JobCancelledError): void;
}

/** One claim of one job under one incarnation. */
export interface Claim {
  readonly jobId: string;
  /** Changes only when Redis lost the claim and gave the job to the same worker again while it runs. */
  number: number;
  phase: ClaimPhase;
  settlement?: Settlement;
  /** How often the settlement was sent. `gone` is success on a resend, and a sign of lost data on a first send. */
  sends: number;
  /** At which place in the order of confirmations it was confirmed; 0 until then. */
  confirmation: number;
  /** Who ran it; nobody once it is confirmed. */
  owner?: ClaimOwner;
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
