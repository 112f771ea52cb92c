import { encodeRecordTail } from './job-codec.js';

/**
 * Kind of the jobs of a benchmark: every worker answers them itself. Kinds of users begin with a letter, so no producer can
 * enqueue this one and no handler can take it.
 */
export const BENCH_KIND = '@bench';

/** Where the answer to a job of a benchmark goes, and until when anybody waits for it. */
export interface BenchAddress {
  /** Of the run; names the list of its answers. */
  readonly runId: string;
  /** ms since the Unix epoch, Redis clock. Later the job is dropped without an answer. */
  readonly deadlineMs: number;
}

const RUN_ID = /^[a-z0-9]{8,32}$/;
/** Longest time somebody waits for the answers of a run, ms. */
const LATEST_MS = 8_640_000_000_000_000;

/** The record of every job of a run: its address, and a payload of so many bytes. */
export function benchRecordTail(queue: string, { runId, deadlineMs }: BenchAddress, payloadBytes: number): string {
  const payload = { runId, deadlineMs, padding: 'x'.repeat(payloadBytes) };
  return encodeRecordTail(queue, BENCH_KIND, payload, { maxRetries: 0 });
}

/** Reads the address of a job; undefined when somebody else wrote it: it is dropped without an answer. */
export function readBenchAddress(payload: unknown): BenchAddress | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { runId, deadlineMs } = payload as Partial<Record<keyof BenchAddress, unknown>>;
  if (typeof runId !== 'string' || !RUN_ID.test(runId)) return undefined;
  if (!Number.isInteger(deadlineMs) || (deadlineMs as number) > LATEST_MS) return undefined;
  return { runId, deadlineMs: deadlineMs as number };
}
