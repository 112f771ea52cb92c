import { Inject, Injectable } from '@nestjs/common';
import { JobNotFoundError } from '../errors/job-not-found.error.js';
import type { QueueOptions } from '../queue.options.js';
import { QUEUE_OPTIONS } from '../queue.tokens.js';
import { classifyFailure } from '../redis/call-fate.js';
import type { QueueKeys } from '../redis/queue-keys.js';
import { describeAddress } from '../redis/redis-address.js';
import { RedisConnections } from '../redis/redis-connections.js';
import { ScriptRunner, withDeadline } from '../redis/script-runner.js';
import {
  DEAD_PAGE_LIMIT,
  decodeCursor,
  mergeDeadPages,
  readDeadJob,
  type DeadPage,
  type DeadRow,
} from './dead-jobs.js';
import type { JobDetails } from './job-details.js';
import { findInPartition } from './job-finder.js';
import { addCounts, readOverview, sumQueues, type OverviewReply, type PartitionOverview } from './overview-reply.js';
import type { QueueOverview, RedisFacts, WorkerInfo } from './overview.js';
import { checkQueue, keysOfAll } from './partitions.js';
import { checkCount, mergePeeked, PEEK_LIMIT, PEEKED_RECORD_BYTES, placeOf, readPeeked } from './peek.js';
import type { PeekedJob, PeekRequest, PeekRow } from './peek.js';
import { explainProbeFailure, WRITABLE, type RedisProbe } from './probe.js';
import { readRedisFacts } from './redis-facts.js';
import { slicesOf } from './reply.js';
import { countHeld, readWorker, type WorkerRow } from './worker-rows.js';

/** Workers one script call looks at. */
const WORKERS_A_STEP = 200;

/**
 * Answers questions about the queue. Reads only, and never more than was asked for: no scan of keys, no search through
 * a list of unknown length. Every method throws {@link RedisUnavailableError} when Redis does not answer.
 */
@Injectable()
export class InspectService {
  private readonly partitions: readonly QueueKeys[];

  constructor(
    private readonly runner: ScriptRunner,
    private readonly connections: RedisConnections,
    @Inject(QUEUE_OPTIONS) private readonly options: QueueOptions,
  ) {
    this.partitions = keysOfAll(options);
  }

  /** Counts, ages, pauses, workers and memory: one atomic look per partition, then one at its workers. */
  async overview(): Promise<QueueOverview> {
    const parts = await this.eachPartition((keys) => this.overviewOf(keys));
    const workers = (
      await this.eachPartition((keys, partition) => this.workersOf(keys, partition, parts[partition]))
    ).flat();
    const { prefix, partitions, redis } = this.options;
    return {
      nowMs: Math.max(...parts.map(({ nowMs }) => nowMs)),
      partitions,
      prefix,
      address: describeAddress(redis.addr, redis.db),
      queues: sumQueues(parts),
      processing: countHeld(workers),
      dead: parts.map(({ dead }) => dead).reduce(addCounts),
      completed: { total: parts.reduce((sum, { completed }) => sum + completed, 0) },
      workers,
      redis: await this.redisFacts(),
    };
  }

  /**
   * The first jobs of a place: next to run first; of dead and completed ones the latest first. Across partitions jobs
   * are merged by time; each partition reads at most `count` ids.
   *
   * @throws {QueueError} `invalid-options`: no such queue, or `count` is not within 1 to 500.
   */
  async peek({ place, queue, count }: PeekRequest): Promise<PeekedJob[]> {
    checkCount(count, PEEK_LIMIT);
    if (queue !== undefined) checkQueue(queue, this.options);
    const isPerQueue = place === 'ready' || place === 'scheduled';
    const queues = !isPerQueue ? [''] : queue === undefined ? this.options.names : [queue];
    const found: PeekedJob[] = [];
    for (const name of queues) {
      if (found.length < count)
        found.push(...(await this.peekInto({ place, queue: name, count: count - found.length })));
    }
    return found;
  }

  /**
   * Everything stored of one job. Its state is found by elimination: outcome, dead, scheduled, held by a worker, else ready.
   *
   * @throws {JobNotFoundError} no partition knows the id.
   */
  async findJob(id: string): Promise<JobDetails> {
    const found = await this.eachPartition((keys, partition) =>
      findInPartition(this.runner, keys, partition, this.options.names, id),
    );
    const job = found.find((details) => details !== undefined);
    if (!job) throw new JobNotFoundError(id);
    return job;
  }

  /**
   * A page of the dead letter queue, oldest first, without payloads. What dies while one reads comes last; nothing is
   * shown twice, also when entries of earlier pages were requeued or purged.
   *
   * @throws {QueueError} `invalid-options`: a strange cursor, or `limit` is not within 1 to 500.
   */
  async listDead({ limit = 100, cursor }: { limit?: number; cursor?: string } = {}): Promise<DeadPage> {
    checkCount(limit, DEAD_PAGE_LIMIT);
    const from = decodeCursor(cursor, this.partitions.length);
    const pages = await this.eachPartition(async ({ dead, jobs, history }, partition) => {
      const [diedAt, id] = from[partition] ?? ['-inf', ''];
      const rows = (await this.runner.run(
        'list-dead',
        [dead, jobs, history],
        [String(limit), diedAt, id],
      )) as DeadRow[];
      return rows.map((row) => readDeadJob(row, partition));
    });
    return mergeDeadPages(pages, from, limit);
  }

  /** Whether Redis answers and would take an enqueue. Never throws for the state of Redis. */
  async probe(): Promise<RedisProbe> {
    try {
      await this.eachPartition(({ control }) => this.runner.run('probe', [control], []));
      return WRITABLE;
    } catch (error) {
      return explainProbeFailure(error);
    }
  }

  private eachPartition<T>(ask: (keys: QueueKeys, partition: number) => Promise<T>): Promise<T[]> {
    return Promise.all(this.partitions.map(ask));
  }

  private async overviewOf(keys: QueueKeys): Promise<PartitionOverview> {
    const { jobs, history, completed, dead, workers, revoked, paused } = keys;
    const { names } = this.options;
    const queues = names.flatMap((name) => [keys.ready(name), keys.scheduled(name)]);
    const reply = await this.runner.run(
      'overview',
      [jobs, history, completed, dead, workers, revoked, paused, ...queues],
      [],
    );
    return readOverview(reply as OverviewReply, names);
  }

  private async workersOf(
    keys: QueueKeys,
    partition: number,
    seen: PartitionOverview | undefined,
  ): Promise<WorkerInfo[]> {
    const { workers = [], nowMs = 0 } = seen ?? {};
    const found: WorkerInfo[] = [];
    for (const step of slicesOf(workers, WORKERS_A_STEP)) {
      const pairs = step.flatMap(({ workerId }) => [keys.worker(workerId), keys.processing(workerId)]);
      const rows = (await this.runner.run('read-workers', pairs, [])) as WorkerRow[];
      found.push(...step.flatMap((entry, at) => readWorker(entry, rows[at], partition, nowMs) ?? []));
    }
    return found;
  }

  private async peekInto({ place, queue = '', count }: PeekRequest): Promise<PeekedJob[]> {
    const lists = await this.eachPartition(async (keys, partition) => {
      const { key, from } = placeOf(keys, place, queue);
      const args = [from, String(count), String(PEEKED_RECORD_BYTES)];
      const rows = (await this.runner.run('peek', [key, keys.jobs, keys.history, keys.outcome], args)) as PeekRow[];
      return rows.map((row) => readPeeked(row, partition, place));
    });
    return mergePeeked(lists, place, count);
  }

  private async redisFacts(): Promise<RedisFacts> {
    const { client } = await this.connections.acquire();
    try {
      const read = Promise.all([client.info('server'), client.info('memory')]);
      return readRedisFacts((await withDeadline(read, this.options.redis.readTimeoutMs)).join('\n'));
    } catch (error) {
      throw classifyFailure(error);
    }
  }
}
