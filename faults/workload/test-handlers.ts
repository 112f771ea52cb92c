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

const NO_ERRORS = { undefined, null: null, text: 'a text', object: { code: 451 } };

/** Rejects with something that is no error. */
@JobHandler('test.reject')
@Injectable()
class RejectHandler implements JobHandlerContract<TestPayload, void> {
  constructor(private readonly ledger: Ledger) {}

  handle(job: TestJob, context: JobContext): Promise<void> {
    return witnessed(this.ledger, job, context, () => Promise.reject(NO_ERRORS[job.payload.rejectWith ?? 'undefined']));
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

/** Takes its process down by an error that nobody can catch, and does not hear its signal. */
@JobHandler('test.throw-later')
@Injectable()
class ThrowLaterHandler implements JobHandlerContract<TestPayload, void> {
  constructor(private readonly ledger: Ledger) {}

  handle(job: TestJob, context: JobContext): Promise<void> {
    const thrower = () => {
      throw new Error(job.payload.message ?? 'thrown in a timer by design');
    };
    setTimeout(thrower, job.payload.ms ?? 20);
    return witnessed(this.ledger, job, context, () => new Promise(() => {}));
  }
}

/** Ends its process with an exit code, as a library does that knows better. */
@JobHandler('test.exit')
@Injectable()
class ExitHandler implements JobHandlerContract<TestPayload, void> {
  constructor(private readonly ledger: Ledger) {}

  handle(job: TestJob, context: JobContext): Promise<void> {
    return witnessed(this.ledger, job, context, async () => {
      await sleep(job.payload.ms ?? 20);
      process.exit(job.payload.code ?? 3);
    });
  }
}

/** Sends its process a signal, as the kernel does when memory is over. */
@JobHandler('test.kill')
@Injectable()
class KillHandler implements JobHandlerContract<TestPayload, void> {
  constructor(private readonly ledger: Ledger) {}

  handle(job: TestJob, context: JobContext): Promise<void> {
    return witnessed(this.ledger, job, context, async () => {
      await sleep(job.payload.ms ?? 20);
      process.kill(process.pid, job.payload.signal ?? 'SIGKILL');
      await new Promise(() => {});
    });
  }
}

/** All of them, as providers. */
export const TEST_HANDLERS = [
  NoopHandler,
  SleepHandler,
  FailHandler,
  RejectHandler,
  BlockHandler,
  HangHandler,
  ThrowLaterHandler,
  ExitHandler,
  KillHandler,
];

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
