import type { Redis } from 'ioredis';
import { QueueKeys } from '../../queue/src/redis/queue-keys.js';
import { historyText, recordText, type RecordFacts } from './job-builder.js';
import type { JobHistory } from '../../queue/src/job/job-history.js';
import type { BreakerState } from '../../queue/src/job/job.js';

/** What a planted job is, besides its place. */
export interface PlantedFacts extends RecordFacts {
  readonly history?: Partial<JobHistory>;
  /** The stored text itself; null: there is no record. */
  readonly record?: string | null;
}

/** Writes jobs of one partition straight into their places, for specs that must not depend on the way there. */
export class PlantedJobs {
  readonly keys: QueueKeys;

  constructor(
    private readonly redis: Redis,
    prefix: string,
    partition = 0,
  ) {
    this.keys = new QueueKeys(prefix, partition);
  }

  /** At the back of its queue. */
  async ready(id: string, facts: PlantedFacts = {}): Promise<void> {
    await this.store(id, facts);
    await this.redis.lpush(this.keys.ready(facts.queue ?? 'low'), id);
  }

  /** Next in line of those that are to run alone. */
  async quarantined(id: string, facts: PlantedFacts = {}): Promise<void> {
    await this.store(id, { history: { crashes: 2 }, ...facts });
    await this.redis.rpush(this.keys.quarantine(facts.queue ?? 'low'), id);
  }

  /** Behind those of its queue and kind that wait for a breaker; the breaker itself is planted by {@link breaker}. */
  async parked(id: string, { kind = 'test.noop', queue = 'low', ...facts }: PlantedFacts = {}): Promise<void> {
    await this.store(id, { kind, queue, ...facts });
    await this.redis.lpush(this.keys.parked(queue, kind), id);
  }

  /** In place of all breakers: one that nobody probes. `atMs` and `queues`: as `StoredBreaker` has them. */
  async breaker(
    kind: string,
    state: BreakerState,
    { number = 1, atMs = 0, queues = [] as readonly string[] } = {},
  ): Promise<void> {
    const lists = queues.length === 0 ? '-' : queues.map((queue) => `${queue}=-`).join(',');
    await this.redis.hset(this.keys.control, 'breakers', `${kind} ${state} ${number} ${atMs} - - 0 ${lists}`);
  }

  async scheduled(id: string, dueAtMs: number, facts: PlantedFacts = {}): Promise<void> {
    await this.store(id, facts);
    await this.redis.zadd(this.keys.scheduled(facts.queue ?? 'low'), dueAtMs, id);
  }

  /** Held under a claim of this time; the worker itself is planted by {@link worker} or {@link revoked}. */
  async processing(id: string, workerId: string, claimedAtMs: number, facts: PlantedFacts = {}): Promise<void> {
    await this.store(id, facts);
    await this.redis.zadd(this.keys.processing(workerId), claimedAtMs * 1_000, id);
  }

  async dead(id: string, diedAtMs: number, facts: PlantedFacts = {}): Promise<void> {
    const history = { reason: 'unrecoverable' as const, ...facts.history };
    await this.store(id, { ...facts, history });
    const group = history.trail?.at(-1)?.fingerprint ?? history.reason;
    await this.redis.zadd(this.keys.deadGroups, 0, `${group} ${String(diedAtMs).padStart(15, '0')} ${id}`);
    await this.redis.zadd(this.keys.dead, diedAtMs, id);
  }

  async completed(id: string, outcome: string, facts: PlantedFacts = {}): Promise<void> {
    await this.store(id, facts);
    await this.redis.hset(this.keys.outcome, id, outcome);
    await this.redis.lpush(this.keys.completed, id);
  }

  /** Registered until the deadline. */
  async worker(workerId: string, deadlineMs: number, says: Record<string, string> = {}): Promise<void> {
    const facts = {
      host: 'web-7',
      pid: '42',
      version: '1.2.3',
      queues: 'high,low',
      slots: '16',
      startedAtMs: '1',
      ...says,
    };
    await this.redis.hset(this.keys.worker(workerId), facts);
    await this.redis.zadd(this.keys.workers, deadlineMs, workerId);
  }

  /** Its jobs are being taken back. */
  async revoked(workerId: string, revokedAtMs: number): Promise<void> {
    await this.redis.zadd(this.keys.revoked, revokedAtMs, workerId);
  }

  private async store(id: string, { history, record, ...facts }: PlantedFacts): Promise<void> {
    if (record !== null) await this.redis.hset(this.keys.jobs, id, record ?? recordText(facts));
    if (history) await this.redis.hset(this.keys.history, id, historyText(history));
  }
}
