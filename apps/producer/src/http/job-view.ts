import type { JobDetails } from '@app/queue';

const iso = (ms: number | null | undefined) => (ms === null || ms === undefined ? null : new Date(ms).toISOString());

/** What a client gets to see of a job: everything but its payload, and of its errors neither stack nor worker. */
export function viewOf(job: JobDetails): object {
  const { id, queue, kind, state, attempts, crashes, interruptions, snoozes, outcome, death } = job;
  const last = job.trail.at(-1);
  return {
    id,
    kind,
    queue,
    state,
    attempts,
    crashes,
    interruptions,
    snoozes,
    createdAt: iso(job.createdAtMs),
    runAt: iso(job.runAtMs),
    startedAt: iso(job.claim?.claimedAtMs),
    finishedAt: iso(outcome?.finishedAtMs ?? death?.diedAtMs),
    outcome: outcome && { result: outcome.result, durationMs: outcome.durationMs },
    error: last ? { reason: death?.reason ?? last.what, summary: last.summary, at: iso(last.atMs) } : null,
  };
}
