import { EnqueueRefusedError, type RefusalReason } from '../errors/enqueue-refused.error.js';
import { EnqueueUnknownError } from '../errors/enqueue-unknown.error.js';
import { QueueError } from '../errors/queue-error.js';
import { QueueFullError } from '../errors/queue-full.error.js';
import { RedisRefusedError } from '../errors/redis-refused.error.js';
import { RedisUnavailableError } from '../errors/redis-unavailable.error.js';
import type { QueueEvents } from '../events/queue-events.js';
import type { QueueOptions } from '../queue.options.js';
import type { QueueKeys } from '../redis/queue-keys.js';
import type { ScriptRunner } from '../redis/script-runner.js';
import { EnqueueBatch, type PendingJob } from './enqueue-batch.js';
import { enqueueCall } from './enqueue-call.js';

const CALLS_IN_FLIGHT = 2;
/** Nothing is gained by keeping a batch that is complete; more of them under way would hold up the calls of others. */
const COMPLETE_CALLS_IN_FLIGHT = 4;
/** So many jobs are worth a call of their own before the tick is over: Redis stores them while this process prepares the next. */
const EARLY_JOBS = 32;
const RETRY_PAUSE_MS = 100;

/** The answer to a batch that is older than the answers Redis keeps: it was not stored now, perhaps by an earlier call. */
const STALE = 'stale';
/** As many answers Redis keeps: a batch that will be sent again must be among the last ones. */
const KEPT_ANSWERS = 32;

/** Words of Redis after which another try within the deadline may be accepted. */
const TRANSIENT: Readonly<Record<string, RefusalReason>> = {
  READONLY: 'read-only',
  LOADING: 'loading',
  MASTERDOWN: 'loading',
  BUSY: 'error',
  TRYAGAIN: 'error',
  CLUSTERDOWN: 'unreachable',
};
const FINAL: Readonly<Record<string, RefusalReason>> = { OOM: 'out-of-memory', MISCONF: 'disk' };

/** What a lane needs from its service. */
export interface LaneParts {
  readonly runner: ScriptRunner;
  readonly events: QueueEvents;
  readonly options: QueueOptions;
  readonly producerId: string;
}

/**
 * The way of jobs into one partition. Jobs of one tick travel together, in one call or a few; while enough calls are under way
 * the next ones gather. A batch whose reply was lost is sent again under its sequence number, so that it is stored once
 * (docs/architecture.md, rule 16).
 */
export class EnqueueLane {
  private readonly waiting: EnqueueBatch[] = [];
  private sequence = 0;
  private inFlight = 0;
  /** Batches without an answer that will be sent again in a moment. */
  private readonly pausing = new Set<EnqueueBatch>();
  private isTickPending = false;

  constructor(
    private readonly keys: QueueKeys,
    private readonly parts: LaneParts,
  ) {}

  /** Takes a job into the next call. Its `settle` is told within the write timeout, whatever happens. */
  add(job: PendingJob): void {
    let batch = this.waiting.at(-1);
    if (!batch?.hasRoomFor(job)) {
      batch = new EnqueueBatch(++this.sequence);
      this.waiting.push(batch);
    }
    batch.add(job);
    if (batch.jobs.length === EARLY_JOBS || this.waiting.length > 1) this.flush(false);
    if (this.isTickPending) return;
    this.isTickPending = true;
    process.nextTick(() => {
      this.isTickPending = false;
      this.flush(true);
    });
  }

  private flush(isTickOver: boolean): void {
    for (let [batch] = this.waiting; batch && this.mayBeSent(batch, isTickOver); [batch] = this.waiting) {
      this.waiting.shift();
      void this.send(batch);
    }
  }

  /** A batch is complete when another was begun after it. */
  private mayBeSent(batch: EnqueueBatch, isTickOver: boolean): boolean {
    const isComplete = this.waiting.length > 1;
    if (this.inFlight >= (isComplete ? COMPLETE_CALLS_IN_FLIGHT : CALLS_IN_FLIGHT)) return false;
    for (const { sequence } of this.pausing) if (batch.sequence - sequence >= KEPT_ANSWERS) return false;
    return isComplete || isTickOver || batch.jobs.length >= EARLY_JOBS;
  }

  private async send(batch: EnqueueBatch): Promise<void> {
    this.inFlight++;
    try {
      this.settle(batch, await this.store(batch));
    } catch (error) {
      this.refuse(batch, error);
    } finally {
      this.inFlight--;
      this.flush(true);
    }
  }

  /** Sends a batch until it is answered, for good refused, or its time is over. */
  private async store(batch: EnqueueBatch): Promise<string> {
    const call = enqueueCall(batch, this.keys, this.parts.producerId, this.parts.options);
    const { writeTimeoutMs, readTimeoutMs, maxRetries } = this.parts.options.redis;
    const deadline = batch.startedAt + writeTimeoutMs;
    let mayBeStored = false;
    for (let unanswered = 0; ;) {
      const leftMs = deadline - performance.now();
      try {
        const [answer] = (await this.parts.runner.run(
          'enqueue',
          call.keys,
          call.args,
          Math.max(1, Math.min(readTimeoutMs, leftMs)),
        )) as [string, string];
        if (answer === STALE && mayBeStored) throw new Error('its answer was forgotten meanwhile');
        return answer;
      } catch (error) {
        if (error instanceof RedisUnavailableError && error.fate === 'unknown') {
          mayBeStored = true;
          unanswered++;
        }
        const isOver = performance.now() + RETRY_PAUSE_MS >= deadline || unanswered > maxRetries;
        if (isOver || !isTransient(error)) throw mayBeStored ? new UnknownOutcome(error) : error;
      }
      this.pausing.add(batch);
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
      this.pausing.delete(batch);
    }
  }

  private settle(batch: EnqueueBatch, answer: string): void {
    if (answer === STALE)
      return this.refuse(
        batch,
        new EnqueueRefusedError('stale-sequence', 'the batch is older than the answers Redis keeps'),
      );
    const words = answer === 'stored' ? undefined : answer.split(',');
    batch.jobs.forEach((job, index) => this.settleOne(job, words?.[index] ?? 'stored'));
  }

  private settleOne(job: PendingJob, word: string): void {
    const { events, options } = this.parts;
    const { id, kind, queue } = job;
    if (word === 'stored') {
      if (events.isHeard('job.enqueued')) events.emit('job.enqueued', { jobId: id, kind, queue });
      job.settle({ outcome: 'stored', id, queue }, job);
    } else if (word === 'full') {
      events.emit('enqueue.refused', { queue, reason: 'queue-full' });
      job.settle(new QueueFullError(queue, options.maxLength), job);
    } else {
      const firstJobId = word.slice('duplicate '.length);
      if (events.isHeard('job.duplicate')) events.emit('job.duplicate', { jobId: id, kind, queue, firstJobId });
      job.settle({ outcome: 'duplicate', id: firstJobId, queue }, job);
    }
  }

  private refuse(batch: EnqueueBatch, error: unknown): void {
    for (const job of batch.jobs) {
      const told = this.errorFor(job, error);
      this.parts.events.emit('enqueue.refused', {
        queue: job.queue,
        reason: told instanceof EnqueueRefusedError ? told.reason : 'unknown',
      });
      job.settle(told, job);
    }
  }

  private errorFor(job: PendingJob, error: unknown): QueueError {
    const options = { cause: error };
    if (error instanceof RedisUnavailableError) return new EnqueueRefusedError('unreachable', error.message, options);
    if (error instanceof RedisRefusedError)
      return new EnqueueRefusedError(FINAL[error.word] ?? TRANSIENT[error.word] ?? 'error', error.message, options);
    if (error instanceof QueueError) return error;
    return new EnqueueUnknownError(job.id, this.parts.options.redis.writeTimeoutMs, options);
  }
}

/** At least one call of the batch may have been executed. */
class UnknownOutcome extends Error {
  constructor(cause: unknown) {
    super('no call of the batch was answered', { cause });
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof RedisUnavailableError || (error instanceof RedisRefusedError && error.word in TRANSIENT);
}
