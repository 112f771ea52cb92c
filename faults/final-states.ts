import type { Redis } from 'ioredis';
import { decodeHistory, placeFaults, placesOf, QueueKeys, type JobHistory, type PartitionPlaces } from '@app/testing';

/** What Redis says about one job at the end. */
export interface FinalState {
  /** Containers that hold the id: `ready:low`, `dead`, `completed`, `processing:<workerId>` … Exactly one when all is well. */
  readonly places: readonly string[];
  /** Present for jobs with a past. */
  readonly history?: JobHistory;
  /** Score in the dead set, ms. */
  readonly diedAtMs?: number;
  /** Whose ack was taken. */
  readonly completedBy?: string;
}

/** The end of a scenario, as Redis tells it. */
export interface FinalStates {
  readonly jobs: ReadonlyMap<string, FinalState>;
  /** What breaks "one place", one line an id. */
  readonly placeFaults: readonly string[];
}

/** Reads every job of a prefix with all that the checker asks for. */
export async function readFinalStates(redis: Redis, prefix: string, partitions = 1): Promise<FinalStates> {
  const places = await placesOf(redis, prefix, partitions);
  const jobs = new Map<string, FinalState>();
  for (const partition of places) await readPartition(redis, prefix, partition, jobs);
  return { jobs, placeFaults: await placeFaults(redis, prefix, places) };
}

async function readPartition(
  redis: Redis,
  prefix: string,
  places: PartitionPlaces,
  jobs: Map<string, FinalState>,
): Promise<void> {
  const keys = new QueueKeys(prefix, places.partition);
  const [histories, outcomes, died] = await Promise.all([
    redis.hgetall(keys.history),
    redis.hgetall(keys.outcome),
    redis.zrange(keys.dead, 0, '-1', 'WITHSCORES'),
  ]);
  const diedAt = scoresById(died);
  for (const [container, ids] of places.containers) {
    for (const id of ids) {
      jobs.set(id, {
        places: [...(jobs.get(id)?.places ?? []), container],
        history: histories[id] === undefined ? undefined : decodeHistory(histories[id]),
        diedAtMs: diedAt.get(id),
        completedBy: outcomes[id] === undefined ? undefined : workerOfOutcome(outcomes[id]),
      });
    }
  }
}

function scoresById(flat: readonly string[]): Map<string, number> {
  const scores = new Map<string, number>();
  for (let index = 0; index < flat.length; index += 2) scores.set(flat[index]!, Number(flat[index + 1]));
  return scores;
}

function workerOfOutcome(outcome: string): string | undefined {
  return outcome.slice(0, outcome.indexOf('\n')).split(' ')[2];
}
