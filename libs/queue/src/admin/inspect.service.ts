import { Inject, Injectable } from '@nestjs/common';
import { JobNotFoundError } from '../errors/job-not-found.error.js';
import type { QueueOptions } from '../queue.options.js';
import { QUEUE_OPTIONS } from '../queue.tokens.js';
import { classifyFailure } from '../redis/call-fate.js';
import type { QueueKeys } from '../redis/queue-keys.js';
import { describeRedis } from '../redis/redis-address.js';
import { RedisConnections } from '../redis/redis-connections.js';
import { ScriptRunner, withDeadline } from '../redis/script-runner.js';
import {
  DEAD_PAGE_LIMIT,
  decodeCursor,
  mergeDeadPages,
  readDeadJob,
  RECORD_BYTES_A_PAGE,
  type DeadJob,
  type DeadPage,
  type DeadReply,
} from './dead-jobs.js';
import { decodeArchived, encodeArchived, type ArchivedJob } from './dead-archive.js';
import type { BulkControl } from './bulk.js';
import { countMeant, type DeadCount } from './dead-count.js';
import type { DeadFilter } from './dead-filter.js';
import { countGroups, readGroups, type DeadGroups } from './dead-groups.js';
import { factsOf, rangeOf, walkDead } from './dead-walk.js';
import type { JobDetails } from './job-details.js';
import { findInPartition } from './job-finder.js';
import {
  addCounts,
  readOverview,
  sumBreakers,
  sumQueues,
  type OverviewReply,
  type PartitionOverview,
} from './overview-reply.js';
import type { QueueOverview, RedisFacts, WorkerInfo } from './overview.js';
import { measureKeys, type KeyStats } from './key-families.js';
import { readParked } from './parked.js';
import { checkQueue, keysOfAll } from './partitions.js';
import { checkCount, mergePeeked, PEEK_LIMIT, PEEKED_RECORD_BYTES, placeOf, readPeeked } from './peek.js';
import type { PeekedJob, PeekRequest, PeekRow } from './peek.js';
import { explainProbeFailure, judgeProbes, type RedisProbe } from './probe.js';
import { fullestOf, readRedisFacts } from './redis-facts.js';
import { slicesOf } from './reply.js';
import { countWaiting, type WaitingCount, type WaitingFilter } from './waiting-jobs.js';
import { countHeld, readWorker, type WorkerRow } from './worker-rows.js';

/** A client that meets a replica makes its connection anew, ms: a probe between the two would see none. */
const RECONNECT_MS = 1_000;

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

  /** Which queue this is: Redis with its database, and the prefix. Asks nobody. */
  target(): { readonly address: string; readonly prefix: string } {
    const { prefix, redis } = this.options;
    return { address: describeRedis(redis), prefix };
  }

  /** Counts, ages, pauses, workers and memory: one atomic look per partition, then one at its parked jobs and its workers. */
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
      address: describeRedis(redis),
      queues: sumQueues(parts),
      breakers: sumBreakers(parts),
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
    const isPerQueue = place !== 'dead' && place !== 'completed';
    const queues = !isPerQueue ? [''] : queue === undefined ? this.options.names : [queue];
    const kinds = place === 'parked' ? (await this.overview()).breakers.map(({ kind }) => kind) : [''];
    const found: PeekedJob[] = [];
    for (const name of queues) {
      for (const kind of kinds) {
        if (found.length < count)
          found.push(...(await this.peekInto({ place, queue: name, count: count - found.length }, kind)));
      }
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
      const args = [String(limit), diedAt, id, '+inf', 'facts', String(RECORD_BYTES_A_PAGE)];
      const [more, rows] = (await this.runner.run('list-dead', [dead, jobs, history], args)) as DeadReply;
      return { jobs: rows.map((row) => readDeadJob(row, partition)), hasMore: more === 1 };
    });
    return mergeDeadPages(pages, from, limit);
  }

  /** The dead letter queue by group: what is wrong, how often, since when (ADR 0012). O(groups). */
  async deadGroups(): Promise<DeadGroups> {
    const groups = await readGroups(this.runner, this.partitions);
    return groups ?? countGroups(this.runner, this.partitions, await rangeOf(this.runner, this.partitions, {}));
  }

  /**
   * Counts the dead jobs that a filter means, and shows the first of them. Without kind, queue and error it reads no more
   * than these; else the whole queue, step by step.
   */
  async countDead(filter: DeadFilter, control: BulkControl = {}): Promise<DeadCount> {
    return countMeant({ runner: this.runner, partitions: this.partitions }, filter, control);
  }

  /** Dead jobs that a filter means, oldest first, without payloads. */
  async findDead(filter: DeadFilter & { readonly limit: number }): Promise<DeadJob[]> {
    const range = await rangeOf(this.runner, this.partitions, filter);
    const jobs: DeadJob[] = [];
    for await (const { meant } of walkDead(this.runner, this.partitions, filter, range, 'facts'))
      jobs.push(...meant.map((death) => factsOf(death)));
    return jobs;
  }

  /** Dead jobs that a filter means as lines of an export, byte for byte, step by step; `seen` of them were looked at. */
  async *exportDead(filter: DeadFilter): AsyncGenerator<{ readonly lines: string[]; readonly seen: number }> {
    const range = await rangeOf(this.runner, this.partitions, filter);
    for await (const { meant, seen } of walkDead(this.runner, this.partitions, filter, range, 'all'))
      yield { lines: meant.map((death) => encodeArchived(death, this.partitions.length)), seen };
  }

  /**
   * Reads one line of an export.
   *
   * @throws {QueueError} `invalid-options`: it is none; says why.
   */
  readArchived(line: string): ArchivedJob {
    return decodeArchived(line, this.partitions.length);
  }

  /**
   * Counts the jobs that wait in a queue, and those that a filter means. Reads the whole queue, step by step.
   *
   * @throws {QueueError} `invalid-options`: no such queue.
   */
  async countWaiting(filter: WaitingFilter): Promise<WaitingCount> {
    checkQueue(filter.queue, this.options);
    return countWaiting(this.runner, this.partitions, filter);
  }

  /** How many keys of each family there are, and what they take. Reads in small steps, bounded in all it looks at. */
  async keyStats(): Promise<KeyStats> {
    const { prefix, names } = this.options;
    return measureKeys(this.connections, prefix, this.partitions, names);
  }

  /** Whether Redis answers and would take an enqueue. Never throws for the state of Redis. */
  async probe(): Promise<RedisProbe> {
    try {
      await this.connections.whenUpWithin(RECONNECT_MS);
      const answers = await Promise.allSettled(
        this.partitions.map(({ control }) => this.runner.run('probe', [control], [])),
      );
      return judgeProbes(answers);
    } catch (error) {
      return explainProbeFailure(error);
    }
  }

  private eachPartition<T>(ask: (keys: QueueKeys, partition: number) => Promise<T>): Promise<T[]> {
    return Promise.all(this.partitions.map(ask));
  }

  private async overviewOf(keys: QueueKeys): Promise<PartitionOverview> {
    const { jobs, history, completed, dead, workers, revoked, paused, control } = keys;
    const { names } = this.options;
    const queues = names.flatMap((name) => [keys.ready(name), keys.scheduled(name), keys.quarantine(name)]);
    const fixed = [jobs, history, completed, dead, workers, revoked, paused, control];
    const reply = (await this.runner.run('overview', [...fixed, ...queues], [])) as OverviewReply;
    return readOverview(reply, names, await readParked(this.runner, keys, reply[7]));
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

  private async peekInto({ place, queue = '', count }: PeekRequest, kind: string): Promise<PeekedJob[]> {
    const lists = await this.eachPartition(async (keys, partition) => {
      const { key, from } = placeOf(keys, place, queue, kind);
      const args = [from, String(count), String(PEEKED_RECORD_BYTES)];
      const rows = (await this.runner.run('peek', [key, keys.jobs, keys.history, keys.outcome], args)) as PeekRow[];
      return rows.map((row) => readPeeked(row, partition, place));
    });
    return mergePeeked(lists, place, count);
  }

  /** In a cluster, of the master that is the fullest: it is the one that refuses jobs first. */
  private async redisFacts(): Promise<RedisFacts> {
    const masters = await this.connections.masters();
    try {
      const read = masters.map(async (master) =>
        readRedisFacts((await Promise.all([master.info('server'), master.info('memory')])).join('\n')),
      );
      return fullestOf(await withDeadline(Promise.all(read), this.options.redis.readTimeoutMs));
    } catch (error) {
      throw classifyFailure(error);
    }
  }
}
