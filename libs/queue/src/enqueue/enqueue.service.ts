import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { InvalidPayloadError } from '../errors/invalid-payload.error.js';
import { QueueError } from '../errors/queue-error.js';
import type { JobTracer } from '../events/job-tracer.js';
import { QueueEvents } from '../events/queue-events.js';
import { encodeRecordTail } from '../job/job-codec.js';
import { checkNewJob } from '../job/job-rules.js';
import type { EnqueueOptions, EnqueueResult, NewJob } from '../job/job.js';
import type { QueueOptions } from '../queue.options.js';
import { JOB_TRACER, QUEUE_OPTIONS } from '../queue.tokens.js';
import { partitionOf, QueueKeys } from '../redis/queue-keys.js';
import { ScriptRunner } from '../redis/script-runner.js';
import type { PendingJob } from './enqueue-batch.js';
import { EnqueueLane } from './enqueue-lane.js';
import { JobIds } from './job-ids.js';

/** What became of one job of {@link EnqueueService.enqueueMany}. `unknown`: enqueue it again with the same unique key. */
export type EnqueueManyResult =
  | EnqueueResult
  | {
      readonly outcome: 'refused' | 'unknown';
      readonly id: string;
      readonly queue: string;
      readonly error: QueueError;
    };

type PendingFacts = Pick<PendingJob, 'id' | 'queue' | 'index'>;

/**
 * Puts jobs into the queue. Calls made in one tick travel together; every call is answered within `redis.write_timeout`.
 * A job answered `stored` runs to its end, is dead-lettered with a reason, or is still queued, as long as Redis keeps its data.
 */
@Injectable()
export class EnqueueService {
  private readonly ids = new JobIds();
  private readonly defaultQueue: string;
  private readonly lanes: EnqueueLane[];

  constructor(
    @Inject(QUEUE_OPTIONS) private readonly options: QueueOptions,
    runner: ScriptRunner,
    events: QueueEvents,
    @Optional() @Inject(JOB_TRACER) private readonly tracer?: JobTracer,
  ) {
    this.defaultQueue = options.names.at(-1) ?? '';
    const parts = { runner, events, options, producerId: randomUUID() };
    this.lanes = Array.from(
      { length: options.partitions },
      (_, partition) => new EnqueueLane(new QueueKeys(options.prefix, partition), parts),
    );
  }

  /**
   * Stores one job.
   *
   * @throws {InvalidJobError} {@link InvalidPayloadError} the job cannot be stored as it is; nothing was sent.
   * @throws {QueueFullError} {@link EnqueueRefusedError} certainly not stored.
   * @throws {EnqueueUnknownError} stored or not: enqueue again with the same unique key.
   */
  enqueue(kind: string, payload: unknown, options: EnqueueOptions = {}): Promise<EnqueueResult> {
    return new Promise((resolve, reject) => {
      this.add(kind, payload, options, (answer) => (answer instanceof QueueError ? reject(answer) : resolve(answer)));
    });
  }

  /** Stores many jobs; answers one result a job, in order, and never throws for one of them. */
  enqueueMany(jobs: readonly NewJob[]): Promise<EnqueueManyResult[]> {
    return new Promise((resolve) => {
      const results = new Array<EnqueueManyResult>(jobs.length);
      let open = jobs.length;
      const settle = (answer: EnqueueResult | QueueError, { id, queue, index }: PendingFacts): void => {
        results[index] = answer instanceof QueueError ? describeFailure(answer, id, queue) : answer;
        if (--open === 0) resolve(results);
      };
      if (open === 0) resolve(results);
      jobs.forEach((job, index) => {
        try {
          this.add(job.kind, job.payload, job, settle, index);
        } catch (error) {
          if (!(error instanceof QueueError)) throw error;
          settle(error, { id: job.id ?? '', queue: job.queue ?? this.defaultQueue, index });
        }
      });
    });
  }

  private add(kind: string, payload: unknown, options: EnqueueOptions, settle: PendingJob['settle'], index = 0): void {
    checkNewJob(kind, options, this.options.names);
    const queue = options.queue ?? this.defaultQueue;
    const id = options.id ?? this.ids.next();
    if (!this.tracer) return this.send({ id, kind, queue, index, settle }, payload, options);
    const trace = this.tracer.sending({ jobId: id, kind, queue }, options.headers);
    const tell: PendingJob['settle'] = (answer, job) => {
      trace.answered(answer);
      settle(answer, job);
    };
    try {
      this.send({ id, kind, queue, index, settle: tell }, payload, { ...options, headers: trace.headers });
    } catch (error) {
      if (error instanceof QueueError) trace.answered(error);
      throw error;
    }
  }

  private send(job: Omit<PendingJob, 'when' | 'recordTail'>, payload: unknown, options: EnqueueOptions): void {
    const { uniqueKey, runAtMs, delayMs } = options;
    const { id, kind, queue, index, settle } = job;
    const recordTail = encodeRecordTail(queue, kind, payload, options);
    this.checkSize(recordTail);
    const when = delayMs ? `+${delayMs}` : String(runAtMs ?? 0);
    const pending = { id, kind, queue, when, recordTail, uniqueKey, index, settle };
    this.lanes[partitionOf(uniqueKey ?? id, this.lanes.length)]?.add(pending);
  }

  private checkSize(recordTail: string): void {
    const { maxPayloadBytes } = this.options;
    if (recordTail.length * 3 <= maxPayloadBytes) return;
    const bytes = Buffer.byteLength(recordTail);
    if (bytes > maxPayloadBytes)
      throw new InvalidPayloadError(
        `and headers take ${bytes} bytes, queue.max_payload_bytes allows ${maxPayloadBytes}`,
      );
  }
}

function describeFailure(error: QueueError, id: string, queue: string): EnqueueManyResult {
  return { outcome: error.code === 'enqueue-unknown' ? 'unknown' : 'refused', id, queue, error };
}
