import { setTimeout as sleep } from 'node:timers/promises';
import { ProducerConfig, QueueConfig } from '@app/config';
import {
  EnqueueService,
  InspectService,
  JobNotFoundError,
  RateLimiterService,
  type EnqueueManyResult,
  type JobDetails,
  type NewJob,
} from '@app/queue';
import { Injectable } from '@nestjs/common';
import { PRODUCER_LIMIT } from '../rate-limit.js';
import { FlightGate } from './flight-gate.js';
import { isSameJob, otherBodyProblem } from './idempotency.js';
import { MAX_JOBS_IN_FLIGHT } from './limits.js';
import { Problem } from './problem.js';
import { problemOf } from './problem-of.js';

/** The job that a client gets to see. `state`: null when its record is gone, only the key is still known. */
export interface TakenJob {
  readonly id: string;
  readonly queue: string;
  readonly state: string | null;
}

/** What became of one job of many. */
export type Taken = ({ readonly outcome: 'stored' | 'duplicate' } & Omit<TakenJob, 'state'>) | Problem;

/** Takes jobs into the queue for HTTP: accepted kinds, the rate limit shared by all producers, duplicates. */
@Injectable()
export class JobIntake {
  private readonly gate = new FlightGate(MAX_JOBS_IN_FLIGHT);
  private readonly kinds: ReadonlySet<string>;
  private readonly defaultQueue: string;

  constructor(
    private readonly config: ProducerConfig,
    queues: QueueConfig,
    private readonly enqueue: EnqueueService,
    private readonly inspect: InspectService,
    private readonly limiter: RateLimiterService,
  ) {
    this.kinds = new Set(config.http.kinds);
    this.defaultQueue = queues.names.at(-1)!;
  }

  /** @throws {Problem} 403: `producer.http.kinds` has another list. */
  checkKind(kind: string): void {
    if (this.kinds.size === 0 || this.kinds.has(kind)) return;
    const found = JSON.stringify(kind.slice(0, 100));
    const expected = `one of ${[...this.kinds].join(', ')}`;
    const detail = `kind: found ${found}, expected ${expected}`;
    const remedy = 'send an accepted kind, or add it to producer.http.kinds';
    throw new Problem({ status: 403, code: 'kind-not-accepted', detail, remedy, field: 'kind', found, expected });
  }

  /**
   * Stores one job, or finds the one that holds its key.
   *
   * @param mustBeSame - another body under the same key is refused
   * @throws {Problem} 403, 422, 429; {@link QueueError} whatever the queue refuses.
   */
  async takeOne(job: NewJob, mustBeSame: boolean): Promise<TakenJob & { readonly isNew: boolean }> {
    this.checkKind(job.kind);
    const { granted, waitMs } = await this.tokens(1);
    if (granted === 0) throw rateLimited(waitMs);
    const { outcome, id, queue } = await this.enqueue.enqueue(job.kind, job.payload, job);
    if (outcome === 'stored') return { id, queue, state: stateOf(job), isNew: true };
    const first = await this.find(id);
    if (first && mustBeSame) this.checkSame(first, job);
    return { id, queue: first?.queue ?? queue, state: first?.state ?? null, isNew: false };
  }

  /**
   * Stores many jobs, one result a job in order, at the pace of the rate limit.
   *
   * @param patienceMs - how long they may wait for the rate limit; those that have not had their turn are answered 429
   * @param signal - ends the wait at once; its reason is their answer
   */
  async takeMany(jobs: readonly NewJob[], patienceMs: number, signal: AbortSignal): Promise<Taken[]> {
    const deadline = performance.now() + patienceMs;
    const results: Taken[] = [];
    while (results.length < jobs.length) {
      const left = jobs.slice(results.length);
      try {
        const granted = await this.waitForTokens(left.length, deadline, signal);
        const answers = await this.gate.pass(granted, () => this.enqueue.enqueueMany(left.slice(0, granted)));
        results.push(...answers.map(takenOf));
      } catch (error) {
        const problem = problemOf(signal.aborted ? signal.reason : error);
        if (!problem) throw error;
        results.push(...left.map(() => problem));
      }
    }
    return results;
  }

  private async waitForTokens(wanted: number, deadline: number, signal: AbortSignal): Promise<number> {
    for (;;) {
      signal.throwIfAborted();
      const { granted, waitMs } = await this.tokens(wanted);
      if (granted > 0) return granted;
      if (performance.now() + waitMs > deadline) throw rateLimited(waitMs);
      await sleep(waitMs, undefined, { signal });
    }
  }

  private async tokens(wanted: number): Promise<{ granted: number; waitMs: number }> {
    const { rateLimitPerSec } = this.config;
    if (rateLimitPerSec === 0) return { granted: wanted, waitMs: 0 };
    return this.limiter.take(PRODUCER_LIMIT, rateLimitPerSec, wanted);
  }

  private async find(id: string): Promise<JobDetails | undefined> {
    try {
      return await this.inspect.findJob(id);
    } catch (error) {
      if (error instanceof JobNotFoundError) return undefined;
      throw error;
    }
  }

  /** A record that cannot be read any more cannot be compared. */
  private checkSame({ id, record }: JobDetails, asked: NewJob): void {
    const reading = record.read();
    if (reading.isReadable && !isSameJob(reading.job, asked, this.defaultQueue)) throw otherBodyProblem(id);
  }
}

/** As its producer may expect it; what Redis made of it is told by GET. */
function stateOf({ delayMs = 0, runAtMs = 0 }: NewJob): 'scheduled' | 'ready' {
  return delayMs > 0 || runAtMs > Date.now() ? 'scheduled' : 'ready';
}

function takenOf(result: EnqueueManyResult): Taken {
  if ('error' in result) return problemOf(result.error) ?? new Problem(unexpected(result.error.code));
  const { outcome, id, queue } = result;
  return { outcome, id, queue };
}

function unexpected(code: string): Problem['facts'] {
  return { status: 500, code, detail: 'the job could not be stored', remedy: 'send it again with the same key' };
}

/** @param waitMs - until there may be a token again */
function rateLimited(waitMs: number): Problem {
  return new Problem({
    status: 429,
    code: 'rate-limited',
    detail: 'all producers together have used up producer.rate_limit_per_sec',
    remedy: 'send it again after Retry-After, or send many jobs at once: they are taken at the pace of the limit',
    retryAfter: Math.max(1, Math.ceil(waitMs / 1_000)),
  });
}
