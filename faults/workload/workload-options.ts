import type { EnqueueOptions, QueueModuleOptions, WorkerModuleOptions } from '@app/queue';
import type { Fate } from '../ledger.js';

/** What a worker process of a scenario is told, as JSON in the variable WORKLOAD. */
export interface WorkerWorkload {
  /** Path of the ledger all processes of the scenario write. */
  readonly ledger: string;
  readonly queue: QueueModuleOptions;
  readonly worker: WorkerModuleOptions;
  /** Present: it boots as the worker app does, with guards, and health on this port. */
  readonly metricsPort?: number;
}

/** What a producer process of a scenario is told, as JSON in the variable WORKLOAD. */
export interface ProducerWorkload {
  readonly ledger: string;
  readonly queue: QueueModuleOptions;
  readonly jobs: readonly JobGroup[];
  /** Jobs a second, all groups mixed. Absent: as fast as Redis takes them. */
  readonly perSecond?: number;
}

/** What the consumer that is broken on purpose is told. */
export interface BrokenWorkload {
  readonly ledger: string;
  readonly url: string;
  /** Key of the list it pops. */
  readonly ready: string;
  /** Key of the list it pushes to when it is done. */
  readonly completed: string;
  readonly workMs: number;
}

/** Many jobs of one sort. */
export interface JobGroup {
  readonly count: number;
  readonly kind: TestKind;
  readonly payload?: TestPayload;
  readonly options?: Pick<EnqueueOptions, 'queue' | 'maxRetries' | 'timeoutMs' | 'delayMs'>;
  /** Default: `completes`. */
  readonly fate?: Fate;
}

/** The kinds a workload worker knows. */
export type TestKind =
  | 'test.noop'
  | 'test.sleep'
  | 'test.fail'
  | 'test.reject'
  | 'test.block'
  | 'test.hang'
  | 'test.throw-later'
  | 'test.exit'
  | 'test.kill';

/** What their handlers read. */
export interface TestPayload {
  /** `test.sleep` and `test.block`: how long. Those that take their process down: after how long. */
  readonly ms?: number;
  /** `test.exit`: the exit code; `test.kill`: the signal it sends itself. */
  readonly code?: number;
  readonly signal?: NodeJS.Signals;
  /** `test.fail`: the message of the error. */
  readonly message?: string;
  /** `test.reject`: with what. */
  readonly rejectWith?: 'undefined' | 'null' | 'text' | 'object';
}

/** The line a process prints when it works. */
export const READY_LINE = 'ready';

/**
 * Reads WORKLOAD.
 *
 * @throws {Error} it is not set: these programs are started by `Fleet` only.
 */
export function readWorkload<T>(): T {
  const text = process.env.WORKLOAD;
  if (!text) throw new Error('WORKLOAD is not set: start this program through faults/fleet.ts');
  return JSON.parse(text) as T;
}

/** A scenario's process never outlives the one that started it: its stdin is a pipe that closes then. */
export function endWithParent(): void {
  process.stdin.resume().once('end', () => process.exit(1));
}
