import type { QueueKeys } from '../redis/queue-keys.js';
import type { ScriptRunner } from '../redis/script-runner.js';
import type { ArchivedJob } from './dead-archive.js';
import { RECORD_BYTES_A_PAGE } from './dead-jobs.js';
import { DEAD_A_STEP } from './dead-walk.js';

/**
 * What became of an archived job. `present`: it is dead already, and the same. `different`: it is dead, but not the
 * same. `taken`: its id is somewhere else by now. Only `imported` changed anything.
 */
export type ImportWord = 'imported' | 'present' | 'different' | 'taken';

/** Puts archived jobs back among the dead, in bounded steps; one word a job, in their order. */
export async function importArchived(
  runner: ScriptRunner,
  partitions: readonly QueueKeys[],
  archived: readonly ArchivedJob[],
): Promise<ImportWord[]> {
  const words: ImportWord[] = [];
  for (const [partition, { dead, jobs, history, deadGroups }] of partitions.entries()) {
    const own = archived.flatMap((job, at) => (job.partition === partition ? [{ job, at }] : []));
    for (const step of stepsOf(own)) {
      const args = step.flatMap(({ job }) => rowOf(job));
      const answers = (await runner.runRaw('import-dead', [dead, jobs, history, deadGroups], args)) as Buffer[];
      step.forEach(({ at }, index) => (words[at] = String(answers[index]) as ImportWord));
    }
  }
  return words;
}

function rowOf({ id, diedAt, record, history }: ArchivedJob): (string | Buffer)[] {
  return [id, diedAt, ...optional(record), ...optional(history)];
}

function optional(bytes: Buffer | null): (string | Buffer)[] {
  return bytes === null ? ['0', ''] : ['1', bytes];
}

/** Steps that are bounded in jobs and in bytes; one job is a step whatever its size. */
function stepsOf<T extends { readonly job: ArchivedJob }>(all: readonly T[]): T[][] {
  const steps: T[][] = [];
  let bytes = Infinity;
  for (const each of all) {
    const size = each.job.record?.length ?? 0;
    const last = steps.at(-1);
    bytes += size;
    if (last && last.length < DEAD_A_STEP && bytes <= RECORD_BYTES_A_PAGE) last.push(each);
    else {
      steps.push([each]);
      bytes = size;
    }
  }
  return steps;
}
