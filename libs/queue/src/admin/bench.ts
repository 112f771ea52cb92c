import type { BenchFigures } from './bench-figures.js';

/** A benchmark as an operator asks for it. */
export interface BenchRequest {
  readonly queue: string;
  readonly count: number;
  /** Jobs enqueued a second, evenly. */
  readonly perSecond: number;
  /** Of the payload of each job. */
  readonly payloadBytes: number;
  /** For the whole benchmark. Jobs that still wait then are taken back, or dropped by the worker that claims them. */
  readonly timeoutMs: number;
}

/** How far a benchmark has come. */
export interface BenchProgress {
  readonly enqueued: number;
  readonly done: number;
  readonly count: number;
}

/** How a benchmark is watched and ended. */
export interface BenchControl {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BenchProgress) => void;
}

/** How a benchmark ended. Only `complete` has figures. */
export type BenchEnd = 'complete' | 'timeout' | 'interrupted' | 'paused' | 'queue-full';

/** What became of a benchmark: figures only when every job was enqueued and answered. */
export interface BenchResult extends BenchProgress {
  readonly end: BenchEnd;
  readonly figures: BenchFigures | null;
  /** The workers did not keep up: jobs were enqueued more slowly than asked for. */
  readonly isHeldBack: boolean;
  /** Waiting jobs that were taken back. */
  readonly withdrawn: number;
}
