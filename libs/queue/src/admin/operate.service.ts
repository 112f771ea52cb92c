import { Inject, Injectable } from '@nestjs/common';
import type { CancelRequest } from '../job/cancel-request.js';
import type { QueueOptions } from '../queue.options.js';
import { QUEUE_OPTIONS } from '../queue.tokens.js';
import type { QueueKeys } from '../redis/queue-keys.js';
import { RedisConnections } from '../redis/redis-connections.js';
import { ScriptRunner } from '../redis/script-runner.js';
import type { BulkControl, BulkResult } from './bulk.js';
import type { ArchivedJob } from './dead-archive.js';
import { purgeMeant, requeueMeant, type BulkTools, type RequeueControl, type RequeueResult } from './dead-bulk.js';
import { cancelJob, type CancelResult } from './cancel-job.js';
import type { DeadFilter } from './dead-filter.js';
import { importArchived, type ImportWord } from './dead-import.js';
import type { DeadEntry } from './dead-jobs.js';
import { deathOf, purgeStep, requeueStep, type SelectionResult, type SelectionWord } from './dead-selection.js';
import { forgetPartition } from './forget-all.js';
import { checkQueue, keysOfAll } from './partitions.js';
import { decodePause, encodePause } from './pause.js';
import { pairsOf, slicesOf } from './reply.js';
import { purgeWaiting, type WaitingFilter } from './waiting-jobs.js';

/** Dead jobs one script call moves. */
const JOBS_A_STEP = 500;

/** A pause as an operator asks for it. */
export interface PauseRequest {
  readonly reason: string;
  readonly by: string;
  /** When it ends by itself, ms, Redis clock; default: when somebody resumes the queue. */
  readonly untilMs?: number;
}

type Step = (keys: QueueKeys, entries: readonly DeadEntry[]) => Promise<SelectionWord[]>;

/**
 * What an operator may do to the queue. All of it can be interrupted and called again: a second call changes nothing
 * that the first one did. Every method throws {@link RedisUnavailableError} when Redis does not answer; partitions and
 * steps that were done before stay done.
 */
@Injectable()
export class OperateService {
  private readonly partitions: readonly QueueKeys[];

  constructor(
    private readonly runner: ScriptRunner,
    @Inject(QUEUE_OPTIONS) private readonly options: QueueOptions,
    private readonly connections: RedisConnections,
  ) {
    this.partitions = keysOfAll(options);
  }

  /**
   * Nothing is claimed from this queue any more; what runs already ends as usual, and jobs may still be enqueued.
   * A second pause replaces the first.
   *
   * @throws {QueueError} `invalid-options`: no such queue.
   */
  async pause(queue: string, { reason, by, untilMs }: PauseRequest): Promise<void> {
    checkQueue(queue, this.options);
    const text = encodePause({ reason, by, untilMs: untilMs ?? null });
    await Promise.all(this.partitions.map(({ paused }) => this.runner.run('pause', [paused], [queue, text])));
  }

  /**
   * Ends a pause and wakes a worker for what waits.
   *
   * @returns whether the queue was paused.
   * @throws {QueueError} `invalid-options`: no such queue.
   */
  async resume(queue: string): Promise<boolean> {
    checkQueue(queue, this.options);
    const words = await Promise.all(this.partitions.map((keys) => this.resumeIn(keys, queue, '')));
    return words.includes('resumed');
  }

  /**
   * Ends the pauses whose time is over by the Redis clock, each only if it is still the pause that was seen.
   * For the maintenance loop of workers; any number of them may call it at once.
   *
   * @returns the queues that this call resumed.
   */
  async resumeExpired(): Promise<string[]> {
    const resumed = await Promise.all(this.partitions.map((keys) => this.resumeExpiredIn(keys)));
    return [...new Set(resumed.flat())];
  }

  /**
   * Ends a job wherever it is: one that waits is dead at once, with the reason `cancelled`; the worker of one that runs is told.
   * A second call changes nothing.
   *
   * @throws {JobNotFoundError} nobody knows the id.
   */
  cancelJob(id: string, request: CancelRequest): Promise<CancelResult> {
    return cancelJob(this.runner, this.partitions, this.options.names, id, request);
  }

  /**
   * Sends dead jobs to the back of the queues they came from: attempts and crashes start at 0 again, the trail stays.
   * A job without a readable record stays dead and is reported.
   */
  requeueDead(selection: readonly DeadEntry[]): Promise<SelectionResult> {
    return this.apply(selection, (keys, entries) =>
      requeueStep(this.runner, keys, this.options.names, entries.map(deathOf)),
    );
  }

  /** Forgets dead jobs for good: record, history and entry. Their unique keys stay taken for their window. */
  purgeDead(selection: readonly DeadEntry[]): Promise<SelectionResult> {
    return this.apply(selection, (keys, entries) => purgeStep(this.runner, keys, entries.map(deathOf)));
  }

  /** Forgets the dead jobs that a filter means, in bounded steps. What dies while it runs is not in it. */
  purgeDeadMeant(filter: DeadFilter, control: BulkControl = {}): Promise<BulkResult> {
    return purgeMeant(this.tools(), filter, control);
  }

  /**
   * Sends the dead jobs that a filter means back to their queues, as {@link requeueDead} does, in bounded steps: paced when
   * asked for, some first as a canary when asked for. What dies while it runs, also again, is not in it.
   */
  requeueDeadMeant(filter: DeadFilter, control: RequeueControl = {}): Promise<RequeueResult> {
    return requeueMeant(this.tools(), filter, control);
  }

  /** Puts exported jobs back among the dead, byte for byte. What is there already stays as it is; one word a job. */
  importDead(archived: readonly ArchivedJob[]): Promise<ImportWord[]> {
    return importArchived(this.runner, this.partitions, archived);
  }

  /**
   * Forgets the waiting jobs of a queue, ready and scheduled, in bounded steps; workers go on. What is enqueued while it
   * runs stays. Unique keys stay taken for their window.
   *
   * @param total - about how many wait, for the progress.
   * @throws {QueueError} `invalid-options`: no such queue.
   */
  async purgeWaiting(filter: WaitingFilter, total: number, control: BulkControl = {}): Promise<BulkResult> {
    checkQueue(filter.queue, this.options);
    return purgeWaiting(this.runner, this.partitions, filter, total, control);
  }

  /**
   * Forgets everything under the prefix but the audit trail. For development: jobs that run are forgotten too.
   *
   * @returns keys that are gone.
   */
  async forgetAll(): Promise<number> {
    let forgotten = 0;
    for (const keys of this.partitions)
      forgotten += await forgetPartition(this.runner, this.connections, keys, this.options.names);
    return forgotten;
  }

  private tools(): BulkTools {
    return { runner: this.runner, partitions: this.partitions, names: this.options.names };
  }

  private async apply(selection: readonly DeadEntry[], step: Step): Promise<SelectionResult> {
    const refused: SelectionResult['refused'][number][] = [];
    for (const entries of slicesOf(selection, JOBS_A_STEP)) {
      const words = await this.askPartitions(entries, step);
      entries.forEach((entry, at) => {
        const reason = words[at] ?? 'gone';
        if (reason !== 'applied') refused.push({ id: entry.id, diedAtMs: entry.diedAtMs, reason });
      });
    }
    return { applied: selection.length - refused.length, refused };
  }

  /** An id does not tell its partition: each is asked for what the ones before did not know. */
  private async askPartitions(entries: readonly DeadEntry[], step: Step): Promise<SelectionWord[]> {
    const words: SelectionWord[] = entries.map(() => 'gone');
    for (const keys of this.partitions) {
      const open = words.flatMap((word, at) => (word === 'gone' ? [at] : []));
      if (open.length === 0) break;
      const answers = await step(
        keys,
        open.flatMap((at) => entries[at] ?? []),
      );
      open.forEach((at, index) => (words[at] = answers[index] ?? 'gone'));
    }
    return words;
  }

  private async resumeExpiredIn(keys: QueueKeys): Promise<string[]> {
    const [nowMs, paused] = (await this.runner.run('read-pauses', [keys.paused], [])) as [number, string[]];
    const resumed: string[] = [];
    for (const [queue, text] of pairsOf(paused)) {
      const { untilMs } = decodePause(text);
      if (untilMs !== null && untilMs <= nowMs && (await this.resumeIn(keys, queue, text)) === 'resumed')
        resumed.push(queue);
    }
    return resumed;
  }

  private async resumeIn(keys: QueueKeys, queue: string, seen: string): Promise<string> {
    const places = [keys.paused, keys.ready(queue), keys.scheduled(queue), keys.wake(queue), keys.timer(queue)];
    return (await this.runner.run('resume', places, [queue, seen])) as string;
  }
}
