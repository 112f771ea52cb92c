import { type BulkControl, type DeadFilter, type DeadJob, type InspectService, JobNotFoundError } from '@app/queue';
import { contentOf, payloadText } from '../views/job-content.js';
import { filterText, type Plan, type SampleJob } from '../views/purge.view.js';

/** What purging or requeueing these dead jobs would mean: how many, and some of them with their payloads. Reads only. */
export async function planDead(
  inspect: InspectService,
  verb: string,
  filter: DeadFilter,
  control: BulkControl,
): Promise<Plan> {
  const { total, meant, sample } = await inspect.countDead(filter, control);
  const jobs = await Promise.all(sample.map((job) => sampleOf(inspect, job)));
  return { target: inspect.target(), verb, what: 'dead jobs', filter: filterText(filter), total, meant, sample: jobs };
}

async function sampleOf(inspect: InspectService, job: DeadJob): Promise<SampleJob> {
  const { id, queue, kind, diedAtMs, reason, lastFailure } = job;
  const note = lastFailure ?? reason ?? '-';
  return { id, queue, kind, atMs: diedAtMs, note, payload: await payloadOf(inspect, id) };
}

/** The payload of a job as text; a job may be gone by the time one looks at it. */
async function payloadOf(inspect: InspectService, id: string): Promise<string> {
  try {
    return payloadText(contentOf((await inspect.findJob(id)).record));
  } catch (error) {
    if (error instanceof JobNotFoundError) return '(gone by now)';
    throw error;
  }
}
