import type { PlaceNames } from './places.js';

/** How bad it is. `note`: nothing is wrong, but whoever looks should know; it does not make a queue unhealthy. */
export type Severity = 'error' | 'warning' | 'note';

/** Every check of the doctor. docs/cli.md explains each. */
export const CHECK_NAMES = [
  'partition-count',
  'one-place',
  'record-without-place',
  'place-without-record',
  'left-over',
  'unreadable-record',
  'newer-record',
  'unknown-queue',
  'stray-processing',
  'stray-worker',
  'stray-parked',
  'lost-token',
  'endless-key',
  'worker-versions',
  'redis-version',
  'redis-role',
  'eviction-policy',
  'evicted-keys',
  'memory',
  'persistence',
  'replication',
  'clock',
  'not-checked',
] as const;

/** One of them. */
export type CheckName = (typeof CHECK_NAMES)[number];

/** Something the doctor found. */
export interface Finding {
  readonly check: CheckName;
  readonly severity: Severity;
  /** What, in one sentence with its figures. */
  readonly what: string;
  /** How many jobs, keys or workers; 1 where there is nothing to count. */
  readonly count: number;
  /** Some of them by name, at most {@link SAMPLE_SIZE}. */
  readonly sample: readonly string[];
  /** What a repair would do; null: only an operator can. */
  readonly fix: string | null;
  /** What an operator should do or know. */
  readonly advice: string;
}

/** Most names a finding shows. */
export const SAMPLE_SIZE = 5;

/** What one repair would do, and what has to be as it was for that. */
export type Repair =
  | {
      readonly check: CheckName;
      readonly partition: number;
      readonly type: 'job';
      readonly fault: JobFault;
      /** Queues and workers whose places were looked at. */
      readonly names: PlaceNames;
    }
  | { readonly check: CheckName; readonly partition: number; readonly type: 'worker'; readonly workerId: string }
  | { readonly check: CheckName; readonly partition: number; readonly type: 'token'; readonly queue: string }
  | {
      readonly check: CheckName;
      readonly partition: number;
      readonly type: 'parked';
      readonly queue: string;
      readonly kind: string;
    }
  | {
      readonly check: CheckName;
      readonly partition: number;
      readonly type: 'expiry';
      readonly key: string;
      readonly ttlMs: number;
    };

/** The verb of a repair of a job, as `repair-job` knows it. */
export interface JobFault {
  readonly check: CheckName;
  readonly verb: 'keep' | 'bury' | 'forget';
  /** The place to keep; empty: none. */
  readonly keep: string;
  readonly reason: '-' | 'orphaned' | 'record-missing';
  /** As it was seen. */
  readonly seen: ExaminedJob;
}

/** What one look at one instant showed of an id. */
export interface ExaminedJob {
  readonly id: string;
  readonly hasRecord: boolean;
  readonly hasOutcome: boolean;
  /** First line of its history; null: it has none. */
  readonly history: string | null;
  /** Names of its places, one entry a time it is there, as `ready:high`. */
  readonly places: readonly string[];
}

/** What the doctor found, and the repairs that would mend it. */
export interface Diagnosis {
  /** ms, Redis clock. */
  readonly nowMs: number;
  readonly address: string;
  readonly prefix: string;
  readonly partitions: number;
  /** Records that were looked at. */
  readonly records: number;
  /** Worst first. */
  readonly findings: readonly Finding[];
  readonly repairs: readonly Repair[];
}

/** What became of the repairs of one check. `changed`: it was not as it had been seen any more, so nothing was written. */
export interface RepairResult {
  readonly check: CheckName;
  readonly repaired: number;
  readonly changed: number;
}

/** How a long look is watched and ended. */
export interface DoctorControl {
  /** Ends it after the step under way: a look with an `AbortError`, repairs with what was done until then. */
  readonly signal?: AbortSignal;
  /** After each step. */
  readonly onProgress?: (progress: DoctorProgress) => void;
}

/** How far it has come: keys, places, records, suspects or repairs done in the partition under way. */
export interface DoctorProgress {
  readonly step: 'keys' | 'places' | 'records' | 'suspects' | 'repairs';
  readonly done: number;
}

/** Whether a queue with these findings is healthy: notes do not count. */
export function isHealthy(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity === 'note');
}
