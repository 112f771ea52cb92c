import 'reflect-metadata';
import { IsString } from 'class-validator';
import { expect, it } from 'vitest';
import { SnoozeJobError, UnrecoverableJobError } from '../errors/handler-errors.js';
import type { Job } from '../job/job.js';
import type { JobContext } from '../worker/job-handler.js';
import { JobHandler } from '../worker/job-handler.decorator.js';
import { runHandler } from './run-handler.js';

const handlerOf = <Result>(handle: (job: Job, context: JobContext) => Result | Promise<Result>) => ({ handle });

it('gives the handler the payload as the queue would, and what the test says of the job', async () => {
  const handler = handlerOf(({ id, payload }, { attempt }) => ({ id, payload, attempt }));

  const run = await runHandler(handler, { at: new Date(0), gone: undefined }, { attempt: 3, job: { id: 'a' } });

  const payload = { at: '1970-01-01T00:00:00.000Z' };
  expect(run).toEqual({ outcome: 'completed', result: { id: 'a', payload, attempt: 3 } });
});

it.each([
  [new Error('hiccup'), { outcome: 'failed', reason: 'error', errorClass: 'Error', message: 'hiccup' }],
  [new UnrecoverableJobError('never'), { outcome: 'failed', reason: 'unrecoverable', message: 'never' }],
  [new SnoozeJobError(7_000), { outcome: 'snoozed', delayMs: 7_000 }],
  [undefined, { outcome: 'failed', reason: 'error', errorClass: 'thrown undefined' }],
])('says what a worker makes of %o', async (thrown, expected) => {
  const run = await runHandler(
    handlerOf(() => Promise.reject(thrown)),
    {},
  );

  expect(run).toMatchObject(expected);
});

const untilAborted = handlerOf(
  (_job, { signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
    }),
);

it('aborts the signal when the time is over', async () => {
  expect(await runHandler(untilAborted, {}, { timeoutMs: 20 })).toMatchObject({ outcome: 'failed', reason: 'timeout' });
});

it('aborts the signal as a drain does', async () => {
  const controller = new AbortController();
  const running = runHandler(untilAborted, {}, { signal: controller.signal });

  controller.abort();

  expect(await running).toEqual({ outcome: 'released' });
});

class Mail {
  @IsString()
  readonly to!: string;
}

@JobHandler('mail.send', { payload: Mail })
class MailHandler {
  handle({ kind, payload }: Job<Mail>): string {
    return `${kind} ${payload.constructor.name} ${payload.to}`;
  }
}

it('checks the payload as the worker does, and gives the handler an instance of its class', async () => {
  const valid = await runHandler(new MailHandler(), { to: 'ada' });
  const invalid = await runHandler(new MailHandler(), { to: 7, cc: 'x' });

  expect(valid).toEqual({ outcome: 'completed', result: 'mail.send Mail ada' });
  expect(invalid).toMatchObject({ outcome: 'failed', reason: 'invalid-payload' });
});
