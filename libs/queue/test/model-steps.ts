/** The queues of the model, in order of priority. */
export const QUEUES: readonly string[] = ['high', 'low'];

/** Lease of the workers, ms. */
export const LEASE_MS = 90_000;

/** One job of an enqueue. Numbers count backwards from what came last, so that a shortened sequence still makes sense. */
export interface NewJobStep {
  readonly queue: number;
  readonly delayMs: number;
  /** Undefined: a new job; else an earlier one is enqueued again. */
  readonly again?: number;
  /** Undefined: none; else one of a few keys that jobs share. */
  readonly unique?: number;
}

/** Which partition, and in it which worker (0: the newest registered one; high numbers: lost ones), a step is about. */
interface At {
  readonly at: number;
  readonly worker: number;
}

/** A claim or a death of those a client ever saw: of which job (the latest is 0), and how many newer ones of that job to skip. */
export interface Pick {
  readonly job: number;
  readonly older: number;
}

/** Where a reap sends a job. */
export type ReapVerb = 'front' | 'alone' | 'retry' | 'bury';

/** How a handler ended. */
export type End = 'error' | 'unrecoverable' | 'snooze';

/** One step of a sequence. Claims and deaths are picked from all that ever were, so many are stale. */
export type Step =
  | { readonly do: 'enqueue'; readonly jobs: readonly NewJobStep[]; readonly skip: number; readonly arrives: boolean }
  | { readonly do: 'resend'; readonly at: number; readonly batch: number }
  | { readonly do: 'join'; readonly at: number }
  | ({ readonly do: 'leave' | 'heartbeat' } & At)
  | ({
      readonly do: 'advance';
      readonly wanted: number;
      readonly acks: readonly Pick[];
      readonly arrives: boolean;
    } & At)
  | ({ readonly do: 'fail'; readonly end: End; readonly picks: readonly Pick[] } & At)
  | ({ readonly do: 'release' | 'sync'; readonly picks: readonly Pick[] } & At)
  | { readonly do: 'sweep'; readonly at: number }
  | ({ readonly do: 'read-claims' } & At)
  | { readonly do: 'reap'; readonly at: number; readonly read: number; readonly verb: ReapVerb }
  /** A process takes the quarantined job with this number, the next one is 0; `old`: one that has a job, or had. */
  | { readonly do: 'solo'; readonly at: number; readonly old: boolean; readonly job: number }
  | { readonly do: 'end-solo'; readonly at: number; readonly back: number; readonly verb: 'alone' | 'bury' }
  | { readonly do: 'die'; readonly at: number }
  | { readonly do: 'recover'; readonly at: number; readonly verb: ReapVerb }
  | { readonly do: 'expire'; readonly at: number; readonly renewing: number }
  | { readonly do: 'requeue-dead' | 'purge-dead'; readonly at: number; readonly picks: readonly Pick[] }
  | { readonly do: 'pause' | 'resume' | 'take-wake' | 'take-timer'; readonly at: number; readonly queue: number }
  | { readonly do: 'clock'; readonly ms: number };
