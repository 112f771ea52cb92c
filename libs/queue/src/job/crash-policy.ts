import { growingDelayMs } from './backoff.js';
import type { JobHistory } from './job-history.js';
import type { TrailEntry } from './job.js';

/** Crashes from which a job runs alone (rule 18): one may be a neighbour's fault, two are a reason to look. */
export const CRASHES_TO_RUN_ALONE = 2;

/** What decides where a job goes after a crash. */
export interface CrashPolicy {
  /** Solo crashes after which a job is dead: `worker.max_crashes`. */
  readonly maxCrashes: number;
  /** Whether this worker can start a process for one job. If not, jobs that crash go on running among others. */
  readonly canRunAlone: boolean;
}

/** Where a job goes whose process was lost while it ran. `alone`: to the quarantine of its queue. */
export type CrashDecision =
  | { readonly verb: 'front' }
  | { readonly verb: 'alone' }
  | { readonly verb: 'retry'; readonly delayMs: number }
  | { readonly verb: 'bury' };

/** How a process ended that ran one job alone. Both absent: nobody saw it end. */
export interface SoloEnd {
  readonly exitCode?: number | null;
  readonly signal?: string | null;
}

/**
 * After a crash in company: it never buries a job. From the second one on the job runs alone; where no process can be started
 * for it, it waits, longer each time, so that it cannot take worker after worker with it.
 *
 * @param crashes - this one included
 */
export function afterCrashInCompany(crashes: number, policy: CrashPolicy, random: number): CrashDecision {
  if (crashes < CRASHES_TO_RUN_ALONE) return { verb: 'front' };
  if (policy.canRunAlone) return { verb: 'alone' };
  return { verb: 'retry', delayMs: growingDelayMs(crashes - CRASHES_TO_RUN_ALONE, 5_000, 300_000, random) };
}

/**
 * After a crash alone (rule 20): nobody else can have been the cause, so an exit or a signal convicts at once. SIGKILL and
 * SIGTERM, and an end that nobody saw, may come from outside: those convict when they have happened `maxCrashes` times.
 *
 * @param past - of the job, this crash not included
 */
export function afterSoloCrash(past: JobHistory, end: SoloEnd, policy: CrashPolicy): CrashDecision {
  const isOver = convicts(end) || soloCrashes(past.trail) + 1 >= policy.maxCrashes;
  return isOver ? { verb: 'bury' } : { verb: 'alone' };
}

/** What is kept of a crash: one more, with its trail entry; the reason when it was the last. */
export function historyAfterCrash(past: JobHistory, entry: TrailEntry, { verb }: CrashDecision): JobHistory {
  const reason = verb === 'bury' ? { reason: 'worker-lost' as const } : {};
  return { ...past, crashes: past.crashes + 1, trail: [...past.trail, entry], ...reason };
}

/** How the end of a solo run is told in the trail. */
export function describeSoloEnd(end: SoloEnd, lastWords = ''): string {
  const how = describeEnd(end);
  return `alone in its process: ${how}${lastWords && `: ${lastWords}`}`;
}

function describeEnd({ exitCode, signal }: SoloEnd): string {
  if (signal) return `ended by ${signal}`;
  return typeof exitCode === 'number' ? `exit code ${exitCode}` : 'lost, nobody saw its end';
}

function convicts({ exitCode, signal }: SoloEnd): boolean {
  if (signal) return signal !== 'SIGKILL' && signal !== 'SIGTERM';
  return typeof exitCode === 'number';
}

/** Since the last normal end: each of them leaves a trail entry of its own, or two crashes in company before the next one alone. */
function soloCrashes(trail: readonly TrailEntry[]): number {
  const others = trail.findLastIndex(({ what }) => what !== 'solo-crash');
  return trail.length - 1 - others;
}
