import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { JobHandler, type Job, type JobContext, type JobHandlerContract } from '@app/queue';
import { Ledger } from '../ledger.js';
import type { TestPayload } from './workload-options.js';

type TestJob = Job<TestPayload>;

/** Ends at once. */
@JobHandler('test.noop')
@Injectable()
class NoopHandler implements JobHandlerContract<TestPayload, void> {
  constructor(private readonly ledger: Ledger) {}

  handle(job: TestJob, context: JobContext): Promise<void> {
    return witnessed(this.ledger, job, context, async () => {});
  }
}

/** Takes `ms`; gives up when it is aborted. */
@JobHandler('test.sleep')
@Injectable()
class SleepHandler implements JobHandlerContract<TestPayload, void> {
  constructor(private readonly ledger: Ledger) {}

  handle(job: TestJob, context: JobContext): Promise<void> {
    return witnessed(this.ledger, job, context, () => sleep(job.payload.ms, undefined, { signal: context.signal }));
  }
}

/** Always throws. */
@JobHandler('test.fail')
@Injectable()
class FailHandler implements JobHandlerContract<TestPayload, void> {
  constructor(private readonly ledger: Ledger) {}

  handle(job: TestJob, context: JobContext): Promise<void> {
    return witnessed(this.ledger, job, context, () =>
      Promise.reject(new Error(job.payload.message ?? 'fails by design')),
    );
  }
}

/** Keeps the event loop busy for `ms`. */
@JobHandler('test.block')
@Injectable()
class BlockHandler implements JobHandlerContract<TestPayload, void> {
  constructor(private readonly ledger: Ledger) {}

  handle(job: TestJob, context: JobContext): Promise<void> {
    return witnessed(this.ledger, job, context, async () => {
      const untilMs = performance.now() + (job.payload.ms ?? 0);
      while (performance.now() < untilMs);
    });
  }
}

/** Never comes back, and does not hear its signal. */
@JobHandler('test.hang')
@Injectable()
class HangHandler implements JobHandlerContract<TestPayload, void> {
  constructor(private readonly ledger: Ledger) {}

  handle(job: TestJob, context: JobContext): Promise<void> {
    return witnessed(this.ledger, job, context, () => new Promise(() => {}));
  }
}

/** All of them, as providers. */
export const TEST_HANDLERS = [NoopHandler, SleepHandler, FailHandler, BlockHandler, HangHandler];

async function witnessed(ledger: Ledger, job: TestJob, context: JobContext, work: () => Promise<void>): Promise<void> {
  const claim = { jobId: job.id, workerId: context.workerId };
  ledger.write({ what: 'start', ...claim, attempt: context.attempt });
  try {
    await work();
  } catch (error) {
    ledger.write({ what: 'throw', ...claim, detail: String(error) });
    throw error;
  }
  ledger.write({ what: 'end', ...claim });
}
