import { describe, expect, it } from 'vitest';
import type { FailureReason } from './job.js';
import { decideNext, type RetryFacts } from './retry-policy.js';

const POLICY = { maxRetries: 3, backoff: { baseMs: 100, maxMs: 1_000 } };

function facts(given: Partial<RetryFacts['counters']> = {}, maxRetries?: number): RetryFacts {
  return { counters: { attempts: 0, crashes: 0, interruptions: 0, snoozes: 0, ...given }, maxRetries };
}

describe('decideNext', () => {
  it('acks what completed', () => {
    expect(decideNext({ type: 'completed' }, facts(), POLICY, 0)).toEqual({ verb: 'ack' });
  });

  it('retries a failure after its backoff, until the retries are used up', () => {
    const failed = { type: 'failed', reason: 'error' } as const;

    expect(decideNext(failed, facts({ attempts: 2 }), POLICY, 0.5)).toEqual({ verb: 'retry', delayMs: 200 });
    expect(decideNext(failed, facts({ attempts: 3 }), POLICY, 0.5)).toEqual({
      verb: 'bury',
      reason: 'retries-exhausted',
    });
  });

  it('counts attempts only: neither crashes nor interruptions nor snoozes use one up', () => {
    const busy = facts({ crashes: 9, interruptions: 9, snoozes: 9 });

    expect(decideNext({ type: 'failed', reason: 'error' }, busy, POLICY, 0)).toMatchObject({ verb: 'retry' });
  });

  it('takes the number of retries a job brings, also none', () => {
    const failed = { type: 'failed', reason: 'timeout' } as const;

    expect(decideNext(failed, facts({ attempts: 5 }, 9), POLICY, 0)).toMatchObject({ verb: 'retry' });
    expect(decideNext(failed, facts({}, 0), POLICY, 0)).toEqual({ verb: 'bury', reason: 'timeout' });
  });

  it.each<FailureReason>(['unrecoverable', 'invalid-payload', 'malformed-record', 'record-missing', 'unknown-kind'])(
    'buries at once for a failure that no retry can mend: %s',
    (reason) => {
      expect(decideNext({ type: 'failed', reason }, facts(), POLICY, 0)).toEqual({ verb: 'bury', reason });
    },
  );

  it('postpones as long as the handler asked for', () => {
    const end = { type: 'snoozed', reason: 'handler', delayMs: 0 } as const;

    expect(decideNext(end, facts({ attempts: 99 }), POLICY, 0.5)).toEqual({ verb: 'snooze', delayMs: 0 });
  });

  it('postpones longer each time when nobody said how long', () => {
    const end = { type: 'snoozed', reason: 'unknown-kind' } as const;

    const delays = [0, 1, 2, 30].map((snoozes) => decideNext(end, facts({ snoozes }), POLICY, 0));

    expect(delays).toEqual([500, 1_000, 2_000, 30_000].map((delayMs) => ({ verb: 'snooze', delayMs })));
  });
});
