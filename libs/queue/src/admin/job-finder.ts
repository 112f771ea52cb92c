import { RedisUnavailableError } from '../errors/redis-unavailable.error.js';
import { decodeHeader } from '../job/job-codec.js';
import type { QueueKeys } from '../redis/queue-keys.js';
import type { ScriptRunner } from '../redis/script-runner.js';
import { readDetails, type FindReply, type JobDetails } from './job-details.js';

/** How often workers may come and go during one look-up. */
const MOST_LOOKS = 10;

type LocateReply = readonly [header: string | null, workers: string[], revoked: string[]];

/**
 * Looks one id up in one partition, in two steps: who could hold it, then one atomic look at all of these places.
 *
 * @returns undefined: this partition does not know the id.
 * @throws {RedisUnavailableError} workers came and went during every look.
 */
export async function findInPartition(
  runner: ScriptRunner,
  keys: QueueKeys,
  partition: number,
  names: readonly string[],
  id: string,
): Promise<JobDetails | undefined> {
  for (let look = 0; look < MOST_LOOKS; look++) {
    const located = (await runner.run('locate-job', [keys.jobs, keys.workers, keys.revoked], [id])) as LocateReply;
    const reply = await lookAt(runner, keys, id, located, queuesOf(located, names));
    if (reply === 'again') continue;
    const queues = queuesOf(located, names).flatMap((queue) => [queue, queue]);
    const [, workers, revoked] = located;
    const holders = [...workers, ...revoked];
    return readDetails(id, reply, {
      partition,
      places: [...queues, ...holders.flatMap((workerId) => [workerId, workerId])],
      revoked: new Set(revoked),
    });
  }
  throw new RedisUnavailableError('not-sent', `workers came and went during ${MOST_LOOKS} looks at job "${id}"`);
}

async function lookAt(
  runner: ScriptRunner,
  keys: QueueKeys,
  id: string,
  [, workers, revoked]: LocateReply,
  queues: readonly string[],
): Promise<FindReply | 'again'> {
  const holders = [...workers, ...revoked];
  const { jobs, history, outcome, dead, failures } = keys;
  const fixed = [jobs, history, outcome, dead, keys.workers, keys.revoked, failures];
  const places = [
    ...queues.flatMap((queue) => [keys.scheduled(queue), keys.ready(queue)]),
    ...holders.flatMap((workerId) => [keys.processing(workerId), keys.cancels(workerId)]),
  ];
  return (await runner.run('find-job', [...fixed, ...places], [id, String(queues.length), ...holders])) as
    FindReply | 'again';
}

/** The configured queues, and the one in the record when that is another (the configuration changed since). */
function queuesOf([header]: LocateReply, names: readonly string[]): string[] {
  const home = header === null ? undefined : decodeHeader(header)?.queue;
  return home === undefined || names.includes(home) ? [...names] : [...names, home];
}
