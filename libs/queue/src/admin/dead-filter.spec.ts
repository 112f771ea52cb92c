import { describe, expect, it } from 'vitest';
import { asksForFacts, isMeant } from './dead-filter.js';
import { readDeadJob } from './dead-jobs.js';

const TRAIL = JSON.stringify([
  { atMs: 1, workerId: 'w', what: 'error', fingerprint: 'aaa', summary: 'Error: first' },
  { atMs: 2, workerId: 'w', what: 'error', fingerprint: 'bbb', summary: 'SmtpError: server said 451' },
]);
const job = readDeadJob(['id', '5', '1 1 high mail.send', `1 1 retries-exhausted 4 0 0 0\n${TRAIL}`], 0);

describe('a filter of dead jobs', () => {
  it.each([
    [{}, true],
    [{ kind: 'mail.send' }, true],
    [{ kind: 'mail' }, false],
    [{ queue: 'high' }, true],
    [{ queue: 'low' }, false],
    [{ error: 'bbb' }, true],
    [{ error: 'aaa' }, false],
    [{ error: 'retries-exhausted' }, true],
    [{ error: 'SMTPerror' }, true],
    [{ error: 'said 451' }, true],
    [{ error: 'first' }, false],
    [{ error: 'retries' }, false],
    [{ kind: 'mail.send', error: 'bbb', queue: 'low' }, false],
  ])('%j means a job that died of a mail error: %s', (filter, expected) => {
    expect(isMeant(filter, job)).toBe(expected);
  });

  it('reads records and histories only when it has to', () => {
    expect([{}, { olderThanMs: 1, limit: 1 }, { kind: 'a' }, { queue: 'a' }, { error: 'a' }].map(asksForFacts)).toEqual(
      [false, false, true, true, true],
    );
  });
});
