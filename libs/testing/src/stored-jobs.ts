import type { Redis } from 'ioredis';
import { decodeRecord } from '../../queue/src/job/job-codec.js';
import { decodeHistory, type JobHistory } from '../../queue/src/job/job-history.js';
import type { Job } from '../../queue/src/job/job.js';
import { QueueKeys } from '../../queue/src/redis/queue-keys.js';

/** All that Redis holds about one job whose record can be read. */
export interface StoredJob extends Job {
  readonly history: JobHistory;
  /** What its handler returned, once it completed. */
  readonly result: unknown;
}

/** Every job of a partition, in no order. */
export async function storedJobs(redis: Redis, prefix: string, partition = 0): Promise<StoredJob[]> {
  const keys = new QueueKeys(prefix, partition);
  const [records, histories, outcomes] = await Promise.all(
    [keys.jobs, keys.history, keys.outcome].map((key) => redis.hgetall(key)),
  );
  return Object.entries(records!).map(([id, record]) => ({
    ...decodeRecord(id, record),
    history: decodeHistory(histories![id] ?? null),
    result: resultOf(outcomes![id]),
  }));
}

function resultOf(outcome: string | undefined): unknown {
  const text = outcome?.slice(outcome.indexOf('\n') + 1);
  return text ? JSON.parse(text) : undefined;
}
