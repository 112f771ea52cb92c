import { Logger } from '@nestjs/common';
import { EnqueueService, QueueError, RateLimiterService, type EnqueueManyResult, type NewJob } from '@app/queue';
import { setTimeout as sleep } from 'node:timers/promises';
import { PRODUCER_LIMIT } from '../rate-limit.js';
import { Patience } from './patience.js';
import type { ScanReport } from './scan-report.js';

/** Trying these again cannot help: the job itself is at fault. */
const NEVER_ACCEPTED: ReadonlySet<string> = new Set(['invalid-job', 'invalid-payload']);

/** The job of one file. */
export interface FileJob extends NewJob {
  readonly queue: string;
  readonly payload: { readonly path: string };
}

/**
 * Enqueues jobs of files under the rate limit. What Redis refuses, or does not answer, is tried again with the same
 * unique key until it is settled: while Redis is away the scan waits here and loses nothing.
 */
export class ScanEnqueuer {
  private readonly logger = new Logger(ScanEnqueuer.name);
  private readonly patience: Patience;

  /** @param ratePerSec - of all producers together; 0: no limit. */
  constructor(
    private readonly enqueue: EnqueueService,
    private readonly limiter: RateLimiterService,
    private readonly ratePerSec: number,
    private readonly report: ScanReport,
    private readonly signal: AbortSignal,
  ) {
    this.patience = new Patience(signal);
  }

  /** Settles every job of the batch. @throws AbortError when the process stops meanwhile. */
  async settle(jobs: readonly FileJob[]): Promise<void> {
    for (let next = 0; next < jobs.length;) {
      const granted = await this.takeTokens(jobs.length - next);
      await this.store(jobs.slice(next, next + granted));
      next += granted;
    }
  }

  private async takeTokens(wanted: number): Promise<number> {
    if (this.ratePerSec === 0) return wanted;
    for (;;) {
      const { granted, waitMs } = await this.untilAnswered(() =>
        this.limiter.take(PRODUCER_LIMIT, this.ratePerSec, wanted),
      );
      if (granted > 0) return granted;
      await sleep(waitMs, undefined, { signal: this.signal });
    }
  }

  private async store(jobs: readonly FileJob[]): Promise<void> {
    for (let pending = jobs; pending.length > 0;) {
      const answers = await this.untilAnswered(() => this.enqueue.enqueueMany(pending));
      pending = pending.flatMap((job, index) => this.take(job, answers[index]!));
      if (pending.length > 0) await this.pause(firstError(answers));
      else this.goOn();
    }
  }

  /** @returns the job to enqueue again, if it is not settled: under the same id, so that its own first try is recognised. */
  private take(job: FileJob, answer: EnqueueManyResult): FileJob[] {
    switch (answer.outcome) {
      case 'stored':
        this.report.addEnqueued(answer.queue, 'produced');
        return [];
      case 'duplicate':
        this.report.addEnqueued(job.queue, answer.id === job.id ? 'produced' : 'duplicates');
        return [];
      default:
        if (!NEVER_ACCEPTED.has(answer.error.code)) return [{ ...job, id: answer.id }];
        this.report.addSkipped('refused', job.payload.path, answer.error.message);
        return [];
    }
  }

  private async untilAnswered<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const answer = await call();
        return answer;
      } catch (error) {
        if (!(error instanceof QueueError)) throw error;
        await this.pause(error);
      }
    }
  }

  private async pause(error: Error | undefined): Promise<void> {
    if (!this.patience.isTried) this.logger.warn(`the scan waits until Redis takes jobs: ${error?.message}`);
    await this.patience.wait();
  }

  private goOn(): void {
    if (this.patience.isTried) this.logger.log('the scan goes on');
    this.patience.renew();
  }
}

function firstError(answers: readonly EnqueueManyResult[]): Error | undefined {
  return answers.map((answer) => ('error' in answer ? answer.error : undefined)).find((error) => error !== undefined);
}
