import { afterEach, beforeEach } from 'vitest';
import { PlantedJobs } from './planted-jobs.js';
import { openScripts, type ScriptAccess } from './script-access.js';
import { useRedis, type UseRedisOptions } from './use-redis.js';
import type { TestRedis } from './redis-harness.js';

/** What a spec of a class that reads or moves stored jobs works with. Its fields are of the running test. */
export interface PlantedQueue {
  readonly test: TestRedis;
  readonly scripts: ScriptAccess;
  /** One a partition. */
  readonly planted: readonly PlantedJobs[];
  readonly first: PlantedJobs;
  /** The same as the first one when there is one partition only. */
  readonly last: PlantedJobs;
  /** When the test began, ms, Redis clock. */
  readonly nowMs: number;
}

/** A Redis, a connection for scripts, and a hand that puts jobs into any state of any partition. */
export function usePlantedQueue(partitions: number, options: UseRedisOptions = {}): PlantedQueue {
  const test = useRedis(options);
  const queue = { test } as { -readonly [Field in keyof PlantedQueue]: PlantedQueue[Field] };
  beforeEach(async () => {
    const jobsOf = (partition: number) => new PlantedJobs(test.redis, test.prefix(), partition);
    queue.scripts = await openScripts(test, { partitions });
    queue.planted = Array.from({ length: partitions }, (_, partition) => jobsOf(partition));
    queue.first = jobsOf(0);
    queue.last = jobsOf(partitions - 1);
    queue.nowMs = Number((await test.redis.time())[0]) * 1_000;
  });
  afterEach(() => queue.scripts.close());
  return queue;
}
