import type { BreakerState } from '../job/job.js';

/** Everything `stats` and the queue gauges need, from one bounded round per partition. */
export interface QueueOverview {
  /** When it was read, ms, Redis clock. */
  readonly nowMs: number;
  readonly partitions: number;
  readonly prefix: string;
  /** `host:port/db`, without user and password. */
  readonly address: string;
  /** In the order of `queue.names`. */
  readonly queues: readonly QueueCounts[];
  readonly processing: CountAndAge;
  readonly dead: CountAndAge;
  readonly completed: { readonly total: number };
  /** Circuit breakers that are not closed, or whose parked jobs have not all been given back, by kind. */
  readonly breakers: readonly BreakerInfo[];
  /** One entry an incarnation: a worker process has one in each partition. */
  readonly workers: readonly WorkerInfo[];
  readonly redis: RedisFacts;
}

/** One queue, all partitions together. */
export interface QueueCounts {
  readonly name: string;
  /** Jobs that could start now, quarantined and parked ones included. */
  readonly ready: number;
  /** Of them, jobs that crashed twice: each runs alone, in a process of its own. */
  readonly quarantined: number;
  /** Of them, jobs that wait for the circuit breaker of their kind. */
  readonly parked: number;
  /** Jobs that wait for their time, overdue ones included. */
  readonly scheduled: number;
  /** Scheduled jobs whose time has come, not yet made ready. */
  readonly overdue: number;
  /** How long the job that is next has been due, ms; null: none is due. */
  readonly oldestDueAgeMs: number | null;
  readonly paused: PauseInfo | null;
}

/** The circuit breaker of a kind, all partitions together. */
export interface BreakerInfo {
  readonly kind: string;
  /** The worst of all partitions. */
  readonly state: BreakerState;
  /** Jobs of this kind that wait for it, in all queues. */
  readonly parked: number;
}

/** How many jobs, and since when the oldest of them is there. */
export interface CountAndAge {
  readonly total: number;
  readonly oldestAgeMs: number | null;
}

/** Why nobody claims from a queue. */
export interface PauseInfo {
  readonly reason: string;
  readonly by: string;
  /** When it ends by itself, ms, Redis clock; null: when somebody resumes the queue. */
  readonly untilMs: number | null;
}

/** One incarnation of a worker in one partition. */
export interface WorkerInfo {
  readonly workerId: string;
  readonly partition: number;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly queues: readonly string[];
  readonly slots: number;
  readonly startedAtMs: number;
  /** Until its jobs may be taken back, ms; negative: since when they may. 0 for a revoked one. */
  readonly leaseRemainingMs: number;
  /** Its jobs are being taken back. */
  readonly revoked: boolean;
  /** Since it last renewed its lease, ms; null: it is revoked, or too old a build to say. */
  readonly heartbeatAgeMs: number | null;
  readonly heldJobs: number;
  /** Since its oldest claim, ms. */
  readonly oldestHeldAgeMs: number | null;
}

/** What the server says of itself. */
export interface RedisFacts {
  readonly version: string;
  readonly usedMemoryBytes: number;
  /** 0: no limit. */
  readonly maxMemoryBytes: number;
  readonly evictionPolicy: string;
}
