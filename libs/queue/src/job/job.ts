/** A JSON value: what a payload and a result may hold. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue | undefined };

/** The three counters that never mix (docs/job-lifecycle.md). */
export interface JobCounters {
  /** The handler ran and failed. */
  readonly attempts: number;
  /** The lease was lost while it ran. */
  readonly crashes: number;
  /** A drain gave it back unharmed. */
  readonly interruptions: number;
  /** It was postponed without an attempt. */
  readonly snoozes: number;
}

/** A job as a handler sees it. */
export interface Job<Payload = unknown> {
  /** Stable over all runs: the key for the handler's own idempotency. */
  readonly id: string;
  readonly kind: string;
  readonly queue: string;
  readonly payload: Payload;
  /** Free text fields that travel with the job, for instance a trace context. */
  readonly headers: Readonly<Record<string, string>>;
  /** When Redis stored it, ms since the Unix epoch, Redis clock. */
  readonly createdAtMs: number;
  /** When its producer wanted it to run, ms since the Unix epoch, Redis clock; never before it was stored. */
  readonly dueAtMs: number;
  readonly uniqueKey?: string;
  /** Only when the producer gave one. */
  readonly maxRetries?: number;
  /** Only when the producer gave one. */
  readonly timeoutMs?: number;
}

/** What a producer may say about a job besides kind and payload. */
export interface EnqueueOptions {
  /** Default: the last of `queue.names`. */
  readonly queue?: string;
  /** 1–128 characters of `A–Z a–z 0–9 . _ : -`. Default: a UUIDv7. */
  readonly id?: string;
  /** While it is remembered (`queue.unique_window`) no second job with this key is stored. At most 512 bytes. */
  readonly uniqueKey?: string;
  /** Earliest start, ms since the Unix epoch, Redis clock. */
  readonly runAtMs?: number;
  /** Earliest start from now, ms; counted by Redis. */
  readonly delayMs?: number;
  readonly maxRetries?: number;
  readonly timeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One entry of `enqueueMany`. */
export interface NewJob extends EnqueueOptions {
  readonly kind: string;
  readonly payload: unknown;
}

/** The answer to an enqueue. `duplicate`: nothing was stored; `id` names the job that was there first. */
export interface EnqueueResult {
  readonly outcome: 'stored' | 'duplicate';
  readonly id: string;
  readonly queue: string;
}

/** Why a job is dead. */
export type DeadReason =
  | 'retries-exhausted'
  | 'timeout'
  | 'unrecoverable'
  | 'invalid-payload'
  | 'unknown-kind'
  | 'malformed-record'
  | 'record-missing'
  | 'worker-lost'
  | 'unmovable'
  | 'orphaned'
  | 'cancelled';

/** Why one attempt failed. */
export type FailureReason =
  | 'error'
  | 'timeout'
  | 'unrecoverable'
  | 'invalid-payload'
  | 'unknown-kind'
  | 'malformed-record'
  | 'record-missing'
  | 'cancelled';

/** Why a job was postponed without an attempt. */
export type SnoozeReason =
  'handler' | 'unknown-kind' | 'unknown-version' | 'breaker-open' | 'kind-limit' | 'still-running';

/** Of one kind, for all workers. `closed`: runs flow. `open`: none starts. `half-open`: one at a time, to see whether it works again. */
export type BreakerState = 'closed' | 'half-open' | 'open';

/** One line of a job's trail: what went wrong, when, where. */
export interface TrailEntry {
  /** ms since the Unix epoch, Redis clock. */
  readonly atMs: number;
  /** Empty when no worker had the job: it was cancelled while it waited, or by the request alone. */
  readonly workerId: string;
  readonly what: FailureReason | 'crash' | 'solo-crash';
  /** Key into the stored failures, for the full message and stack; absent for a crash or a cancel. */
  readonly fingerprint?: string;
  /** First 200 characters of class and message. */
  readonly summary: string;
}
