import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JobCancelledError, SnoozeJobError, UnrecoverableJobError } from '../errors/handler-errors.js';
import type { Job } from '../job/job.js';
import type { JobContext } from './job-handler.js';
import { ABORT_GRACE_MS, JobRun } from './job-run.js';
import type { Outcome } from './outcome.js';

const JOB = { id: 'a', kind: 'k', queue: 'low' } as Job;
const TIMEOUT_MS = 1_000;

describe('JobRun', () => {
  let outcomes: Outcome[];
  const detached = vi.fn<() => void>();
  const stopped = vi.fn<() => void>();

  beforeEach(() => {
    vi.useFakeTimers();
    outcomes = [];
    detached.mockClear();
    stopped.mockClear();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function start(handle: (job: Job, context: JobContext) => unknown): JobRun {
    const listener = { ended: (outcome: Outcome) => outcomes.push(outcome), detached, stopped };
    const run = new JobRun(JOB, 'w1', 1, TIMEOUT_MS, listener);
    run.start({ handle });
    return run;
  }
  /** A handler that ends when the spec says so, whatever its signal says. */
  function open() {
    let resolve!: (result: unknown) => void;
    const promise = new Promise<unknown>((done) => (resolve = done));
    return { promise, resolve, handle: () => promise };
  }
  /** A handler that ends as soon as it is told to. */
  const obedient = (_: Job, { signal }: JobContext) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  const settled = () => vi.advanceTimersByTimeAsync(0);

  it('completes with what the handler returns, at once or later', async () => {
    start(() => 1);
    start(() => Promise.resolve(2));
    await settled();

    expect(outcomes).toEqual([
      { type: 'completed', result: 1 },
      { type: 'completed', result: 2 },
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    [new UnrecoverableJobError('never'), { type: 'failed', reason: 'unrecoverable' }],
    [new Error('no'), { type: 'failed', reason: 'error' }],
    [undefined, { type: 'failed', reason: 'error' }],
    [new SnoozeJobError(5.4), { type: 'snoozed', reason: 'handler', delayMs: 5 }],
    [new SnoozeJobError(-1), { type: 'snoozed', reason: 'handler', delayMs: 0 }],
    [new SnoozeJobError(Infinity), { type: 'snoozed', reason: 'handler', delayMs: 10 * 365 * 86_400_000 }],
    [new SnoozeJobError(Number.NaN), { type: 'snoozed', reason: 'handler', delayMs: 0 }],
  ])('lets the handler steer with what it throws: %s', async (thrown, outcome) => {
    start(() => {
      throw thrown;
    });
    start(() => Promise.reject(thrown as Error));
    await settled();

    expect(outcomes).toEqual([expect.objectContaining(outcome), expect.objectContaining(outcome)]);
  });

  it('tells the handler when its time is over, and calls what it then throws a timeout', async () => {
    start(obedient);

    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);

    expect(outcomes).toMatchObject([{ type: 'failed', reason: 'timeout', failure: { errorClass: 'JobTimeoutError' } }]);
  });

  it('takes a result that comes within the grace after the timeout', async () => {
    const handler = open();
    start(handler.handle);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS + ABORT_GRACE_MS - 1);

    handler.resolve('late');
    await settled();

    expect(outcomes).toEqual([{ type: 'completed', result: 'late' }]);
  });

  it('rule 11: gives up on a handler that ignores its timeout, and says when it stops at last', async () => {
    const handler = open();
    start(handler.handle);

    await vi.advanceTimersByTimeAsync(TIMEOUT_MS + ABORT_GRACE_MS);
    const whileStuck = [detached.mock.calls.length, stopped.mock.calls.length];
    handler.resolve('too late');
    await settled();

    expect(outcomes).toMatchObject([{ type: 'failed', reason: 'timeout' }]);
    expect(whileStuck).toEqual([1, 0]);
    expect(stopped).toHaveBeenCalledOnce();
  });

  it('rule 11: an abandoned run is told to stop, and nothing it does counts', async () => {
    const handler = open();
    const signals: AbortSignal[] = [];
    const run = start((_, { signal }) => {
      signals.push(signal);
      return handler.promise;
    });

    run.abandon(new Error('lease lost'));
    run.abandon(new Error('again'));
    handler.resolve('done');
    await settled();

    expect(signals[0]?.reason).toMatchObject({ message: 'lease lost' });
    expect(outcomes).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    expect(detached).toHaveBeenCalledOnce();
    expect(stopped).toHaveBeenCalledOnce();
  });

  it('gives a job back whose handler throws after a drain told it to stop', async () => {
    start(obedient).abort(new Error('shutting down'));
    await settled();

    expect(outcomes).toEqual([{ type: 'released' }]);
  });

  it('takes the result of a handler that ends well after a drain told it to stop', async () => {
    const handler = open();
    start(handler.handle).abort(new Error('shutting down'));

    handler.resolve(1);
    await settled();

    expect(outcomes).toEqual([{ type: 'completed', result: 1 }]);
  });

  it('shows an abort also to a handler that looks at its signal only later', async () => {
    const handler = open();
    const contexts: JobContext[] = [];
    const run = start((_, context) => {
      contexts.push(context);
      return handler.promise;
    });

    run.abort(new Error('stop'));

    expect(contexts[0]?.signal.aborted).toBe(true);
    handler.resolve(undefined);
    await settled();
  });

  describe('when its job is cancelled', () => {
    const cancelled = new JobCancelledError('cancelled by ops');
    const dead = { type: 'failed', reason: 'cancelled' };

    it('ends as cancelled, whatever the handler throws then', async () => {
      start(obedient).cancel(cancelled);
      const asked: unknown[] = [];
      const run = start(async (_, { signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        asked.push(signal.reason);
        throw new SnoozeJobError(5);
      });
      run.cancel(cancelled);
      await settled();

      expect(outcomes).toMatchObject([dead, dead]);
      expect(asked).toEqual([cancelled]);
      expect(vi.getTimerCount()).toBe(0);
    });

    it('completes when the handler does all the same', async () => {
      const handler = open();
      start(handler.handle).cancel(cancelled);
      handler.resolve('done');
      await settled();

      expect(outcomes).toEqual([{ type: 'completed', result: 'done' }]);
    });

    it('waits for a handler that does not listen only for the grace, also at a second cancel', async () => {
      const handler = open();
      const run = start(handler.handle);
      run.cancel(cancelled);
      await vi.advanceTimersByTimeAsync(ABORT_GRACE_MS / 2);
      run.cancel(new JobCancelledError('again'));
      await vi.advanceTimersByTimeAsync(ABORT_GRACE_MS / 2);

      expect(outcomes).toMatchObject([dead]);
      expect(detached).toHaveBeenCalledOnce();
      handler.resolve(1);
      await settled();
      expect(stopped).toHaveBeenCalledOnce();
      expect(outcomes).toHaveLength(1);
    });

    it('is cancelled, not timed out or given back, when both come', async () => {
      const late = open();
      const first = start(late.handle);
      await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
      const second = start(obedient);
      second.abort(new Error('the worker is shutting down'));
      first.cancel(cancelled);
      second.cancel(cancelled);
      await vi.advanceTimersByTimeAsync(ABORT_GRACE_MS);

      expect(outcomes).toMatchObject([dead, dead]);
    });
  });
});
