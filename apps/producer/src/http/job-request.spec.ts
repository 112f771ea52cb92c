import { describe, expect, it } from 'vitest';
import { readJobRequest } from './job-request.js';

const JOB = { kind: 'mail.send', payload: null };

describe('readJobRequest', () => {
  it('reads every field, times and durations in ms', () => {
    const given = { ...JOB, queue: 'high', id: 'a', uniqueKey: 'k', maxRetries: 0, timeout: '1m30s' };

    expect(readJobRequest({ ...given, delay: '1.5h' })).toMatchObject({
      delayMs: 5_400_000,
      timeoutMs: 90_000,
      maxRetries: 0,
    });
    expect(readJobRequest({ ...JOB, runAt: '2027-01-31T08:00:00.5+01:00' }).runAtMs).toBe(
      Date.UTC(2027, 0, 31, 7, 0, 0, 500),
    );
    expect(readJobRequest({ ...JOB, delay: '1us' }).delayMs).toBe(1);
  });

  it.each([
    [{ payload: 1 }, 'kind: found nothing, expected the kind of the job, such as file.digest'],
    [{ kind: 'a' }, 'payload: found nothing, expected any JSON value'],
    [{ ...JOB, kind: ['a'] }, 'kind: found an array, expected text in well-formed Unicode'],
    [{ ...JOB, Queue: 'high' }, 'Queue: found "high", expected one of the fields kind, queue'],
    [{ ...JOB, maxRetries: '3' }, 'maxRetries: found "3", expected a whole number'],
    [{ ...JOB, delay: '-1s' }, 'delay: found "-1s", expected a duration'],
    [{ ...JOB, delay: 30 }, 'delay: found 30, expected a duration'],
    [{ ...JOB, runAt: '2027-02-30' }, 'runAt: found "2027-02-30", expected a time'],
    [{ ...JOB, runAt: '2027-13-01T00:00:00Z' }, 'runAt: found'],
    [{ ...JOB, runAt: 1_800_000_000_000 }, 'runAt: found 1800000000000'],
    [{ ...JOB, id: 'x'.repeat(1_000), uniqueKey: {} }, 'uniqueKey: found an object'],
    [[], 'body: found an array, expected a JSON object with kind and payload'],
    [null, 'body: found null'],
  ])('names what is wrong: %j', (value, message) => {
    expect(() => readJobRequest(value)).toThrow(message);
  });

  it('repeats no more than 100 characters of what was sent', () => {
    expect(() => readJobRequest({ ...JOB, delay: 'x'.repeat(5_000) })).toThrow(/^delay: found "x{100}", expected/);
  });
});
