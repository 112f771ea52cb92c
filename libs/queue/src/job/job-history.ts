import type { DeadReason, JobCounters, TrailEntry } from './job.js';

/** How many trail entries a job keeps; the oldest go first. */
const TRAIL_LENGTH = 20;

const FORMAT = /^1 (\d+) (\S+) (\d+) (\d+) (\d+) (\d+)\n/;

/** What happened to a job so far. Only jobs with a past have one. */
export interface JobHistory extends JobCounters {
  /** When it was last made due, ms, Redis clock; 0: never since it was stored. */
  readonly dueAtMs: number;
  readonly reason?: DeadReason;
  readonly trail: readonly TrailEntry[];
}

/** The history of a job that has none. */
export const NO_HISTORY: JobHistory = { dueAtMs: 0, attempts: 0, crashes: 0, interruptions: 0, snoozes: 0, trail: [] };

/**
 * Text of a history without its `1 <dueAtMs>` start, which the script writes from the Redis clock:
 * `<reason or -> <attempts> <crashes> <interruptions> <snoozes>`, newline, the trail as JSON.
 */
export function encodeHistoryTail(history: JobHistory): string {
  const { reason = '-', attempts, crashes, interruptions, snoozes, trail } = history;
  return `${reason} ${attempts} ${crashes} ${interruptions} ${snoozes}\n${JSON.stringify(trail.slice(-TRAIL_LENGTH))}`;
}

/** Reads a stored history. An unreadable one is taken as none: a job is never lost for its past. */
export function decodeHistory(text: string | null | undefined): JobHistory {
  const match = text ? FORMAT.exec(text) : null;
  if (!text || !match) return NO_HISTORY;
  const [head, dueAt, reason, attempts, crashes, interruptions, snoozes] = match;
  return {
    dueAtMs: Number(dueAt),
    ...(reason === '-' ? {} : { reason: reason as DeadReason }),
    attempts: Number(attempts),
    crashes: Number(crashes),
    interruptions: Number(interruptions),
    snoozes: Number(snoozes),
    trail: readTrail(text.slice(head.length)),
  };
}

function readTrail(json: string): readonly TrailEntry[] {
  try {
    const value: unknown = JSON.parse(json);
    return Array.isArray(value) ? (value as TrailEntry[]) : [];
  } catch {
    return [];
  }
}
