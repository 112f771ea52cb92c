import { JobNotFoundError } from '../errors/job-not-found.error.js';
import { RedisUnavailableError } from '../errors/redis-unavailable.error.js';
import { encodeCancelEntry, type CancelRequest } from '../job/cancel-request.js';
import type { QueueKeys } from '../redis/queue-keys.js';
import type { ScriptRunner } from '../redis/script-runner.js';
import type { JobDetails } from './job-details.js';
import { findInPartition } from './job-finder.js';

/**
 * What a cancel did. `cancelled`: the job waited, and is dead now. `requested`: a worker holds it and is told to end it; unless
 * that run completes it, it will be dead. `over`: it had ended before, so nothing was changed.
 */
export interface CancelResult {
  readonly outcome: 'cancelled' | 'requested' | 'over';
  /** The job as it was found, before. */
  readonly job: JobDetails;
}

/** How often the job may move between the look at it and the cancel. */
const MOST_TRIES = 10;

/**
 * Ends a job wherever it is.
 *
 * @throws {JobNotFoundError} no partition knows the id.
 * @throws {RedisUnavailableError} it moved on during every try; nothing was changed.
 */
export async function cancelJob(
  runner: ScriptRunner,
  partitions: readonly QueueKeys[],
  names: readonly string[],
  id: string,
  request: CancelRequest,
): Promise<CancelResult> {
  const entry = encodeCancelEntry(request);
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const job = await findAnywhere(runner, partitions, names, id);
    const keys = partitions[job.partition];
    const outcome = keys && (await cancelFound(runner, keys, names, job, entry));
    if (outcome) return { outcome, job };
  }
  throw new RedisUnavailableError('not-sent', `job "${id}" moved on during ${MOST_TRIES} tries to cancel it`);
}

async function findAnywhere(
  runner: ScriptRunner,
  partitions: readonly QueueKeys[],
  names: readonly string[],
  id: string,
): Promise<JobDetails> {
  const looks = partitions.map((keys, partition) => findInPartition(runner, keys, partition, names, id));
  const job = (await Promise.all(looks)).find((details) => details !== undefined);
  if (!job) throw new JobNotFoundError(id);
  return job;
}

/** @returns undefined: the job is somewhere else by now. */
async function cancelFound(
  runner: ScriptRunner,
  keys: QueueKeys,
  names: readonly string[],
  job: JobDetails,
  entry: string,
): Promise<CancelResult['outcome'] | undefined> {
  if (job.state === 'completed' || job.state === 'dead') return 'over';
  if (job.claim) {
    const { workerId, number } = job.claim;
    const places = [keys.processing(workerId), keys.cancels(workerId), keys.nudge(workerId)];
    return answerOf(await runner.run('cancel-running', places, [job.id, String(number), entry]));
  }
  const { history, dead, deadGroups } = keys;
  // a record that cannot be read does not tell its queue
  for (const queue of job.queue === null ? names : [job.queue]) {
    const lists = [keys.quarantine(queue), keys.parked(queue, job.kind ?? '')];
    const places = [keys.ready(queue), keys.scheduled(queue), history, dead, deadGroups, ...lists];
    const outcome = answerOf(await runner.run('cancel-waiting', places, [job.id, entry]));
    if (outcome) return outcome;
  }
  return undefined;
}

function answerOf(word: unknown): CancelResult['outcome'] | undefined {
  return word === 'cancelled' || word === 'requested' ? word : undefined;
}
