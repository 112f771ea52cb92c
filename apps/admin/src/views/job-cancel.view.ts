import type { CancelResult, JobDetails } from '@app/queue';
import { escapeText } from '../output/escape.js';
import type { Terminal } from '../output/render.js';
import { formatMoment } from '../output/units.js';
import { jobDocument } from './job.view.js';

/** What `job cancel` did, or would do, and how the job has ended by now: null: it runs on. */
export interface CancelReport {
  readonly outcome: CancelResult['outcome'] | 'would-cancel';
  /** As it was found before. */
  readonly job: JobDetails;
  readonly endedAs: 'dead' | 'completed' | null;
}

/** What was done, in a sentence or two. */
export function cancelView({ outcome, job, endedAs }: CancelReport, { paint }: Terminal): string {
  const name = `job ${paint.bold(escapeText(job.id))}`;
  if (outcome === 'over') return `${name} was cancelled already, at ${formatMoment(job.death?.diedAtMs ?? 0)}.`;
  const found = `${name} ${whereabouts(job)}`;
  if (outcome === 'cancelled' || endedAs === 'dead')
    return `${found}: it is dead now, reason cancelled. "dlq requeue" can take that back.`;
  return `${found}: its worker is told to end it. Unless that run completes it, it will be dead, reason cancelled.`;
}

/** The same for a dry run. */
export function wouldCancelView({ job }: CancelReport, { paint }: Terminal): string {
  const then = job.claim ? 'its worker would be told to end it' : 'it would be dead, reason cancelled';
  return `job ${paint.bold(escapeText(job.id))} ${whereabouts(job)}: ${then}. Nothing was changed.`;
}

/** Why nothing was cancelled. */
export function tooLateText({ job }: CancelReport): string {
  const { death, outcome } = job;
  if (death)
    return `job "${job.id}" is dead already: ${death.reason ?? 'unknown reason'}, ${formatMoment(death.diedAtMs)}`;
  const when = outcome ? ` at ${formatMoment(outcome.finishedAtMs)}` : '';
  return `job "${job.id}" was completed${when}, before it could be cancelled`;
}

/** The same as a document. */
export function cancelDocument({ outcome, job, endedAs }: CancelReport): object {
  return { outcome, endedAs, job: jobDocument(job, undefined) };
}

function whereabouts({ state, queue, kind, claim, runAtMs }: JobDetails): string {
  const what = escapeText(`(${kind ?? 'record unreadable'}, queue ${queue ?? 'unknown'})`);
  if (claim) return `${what} ran on ${escapeText(claim.workerId)} since ${formatMoment(claim.claimedAtMs)}`;
  return runAtMs === null ? `${what} was ${state}` : `${what} was scheduled for ${formatMoment(runAtMs)}`;
}
