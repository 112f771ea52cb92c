import { describe, expect, it } from 'vitest';
import { decodeRecord } from '../../queue/src/job/job-codec.js';
import { decodeHistory, NO_HISTORY } from '../../queue/src/job/job-history.js';
import { aNewJob, historyText, newJobs, recordText } from './job-builder.js';

describe('the job builder', () => {
  it('fills in what a test does not name', () => {
    expect(aNewJob({ queue: 'high' })).toEqual({ kind: 'test.noop', payload: {}, queue: 'high' });
  });

  it('gives each of many jobs an id of its own', () => {
    expect(new Set(newJobs(50).map(({ id }) => id)).size).toBe(50);
  });

  it('writes records the codec reads', () => {
    const record = recordText({
      kind: 'mail.send',
      payload: { to: 'a' },
      queue: 'high',
      maxRetries: 7,
      createdAtMs: 5,
    });

    const job = { kind: 'mail.send', payload: { to: 'a' }, queue: 'high', maxRetries: 7, createdAtMs: 5 };
    expect(decodeRecord('id-1', record)).toMatchObject({ id: 'id-1', headers: {}, ...job });
  });

  it('writes histories the codec reads', () => {
    const history = { reason: 'timeout' as const, attempts: 4, crashes: 1, dueAtMs: 9 };

    expect(decodeHistory(historyText(history))).toEqual({ ...NO_HISTORY, ...history });
  });
});
