import { describe, expect, it } from 'vitest';
import { decodeHistory, NO_HISTORY } from '../job/job-history.js';
import type { Job } from '../job/job.js';
import type { Settlement } from './claim.js';
import { failedBy, settlementFor, type Outcome, type RunFacts } from './outcome.js';

const POLICY = { maxRetries: 3, backoff: { baseMs: 100, maxMs: 1_000 } };
const RUN: RunFacts = {
  job: { id: 'a', kind: 'k', queue: 'low', createdAtMs: 1, dueAtMs: 1, payload: null, headers: {} } satisfies Job,
  history: { ...NO_HISTORY, attempts: 1, crashes: 2, interruptions: 3, snoozes: 4 },
  workerId: 'w1',
  queue: 2,
  durationMs: 12.4,
  nowMs: 5_000,
};

function settle(outcome: Outcome, run: Partial<RunFacts> = {}) {
  return settlementFor(outcome, { ...RUN, ...run }, POLICY, 0.5);
}
/** The history a settlement writes. */
function historyOf({ settlement }: { settlement: Settlement }) {
  return decodeHistory(`1 0 ${'historyTail' in settlement ? settlement.historyTail : ''}`);
}
const outcomeTail = (result: unknown) => settle({ type: 'completed', result }).settlement;

describe('settlementFor', () => {
  it('acks with duration, worker and result', () => {
    expect(outcomeTail({ ok: true })).toEqual({ verb: 'ack', outcomeTail: '12 w1\n{"ok":true}' });
    expect(outcomeTail(undefined)).toEqual({ verb: 'ack', outcomeTail: '12 w1\n' });
  });

  it('says in place of a result that is too long, or no JSON, what it was', () => {
    expect(outcomeTail('é'.repeat(40_000))).toMatchObject({ outcomeTail: '12 w1\n{"truncated":true,"bytes":80002}' });
    expect(outcomeTail(1n)).toMatchObject({ outcomeTail: expect.stringContaining('"unserializable"') });
    expect(outcomeTail(() => 1)).toMatchObject({ outcomeTail: '12 w1\n' });
  });

  it('keeps a result of just the size that is allowed', () => {
    const result = 'x'.repeat(65_534);

    expect(outcomeTail(result)).toMatchObject({ outcomeTail: `12 w1\n"${result}"` });
  });

  it('retries a failure: one attempt more, no snoozes, one line of trail, the error by fingerprint', () => {
    const failed = failedBy('error', new Error('no'));

    const settled = settle(failed);

    expect(settled.settlement).toMatchObject({ verb: 'retry', queue: 2, delayMs: 100 });
    expect(historyOf(settled)).toMatchObject({ attempts: 2, crashes: 0, interruptions: 3, snoozes: 0 });
    const [entry] = historyOf(settled).trail;
    expect(entry).toMatchObject({ atMs: 5_000, workerId: 'w1', what: 'error', summary: 'Error: no' });
    expect(settled.settlement).toMatchObject({ failure: { fingerprint: entry?.fingerprint } });
  });

  it('buries with the reason in the history', () => {
    const settled = settle(failedBy('error', new Error('no')), { history: { ...NO_HISTORY, attempts: 3 } });

    expect(settled.decision).toEqual({ verb: 'bury', reason: 'retries-exhausted' });
    expect(settled.settlement).toMatchObject({ verb: 'bury', delayMs: 0 });
    expect(historyOf(settled)).toMatchObject({ attempts: 4, reason: 'retries-exhausted' });
  });

  it('uses no attempt up when no handler ran', () => {
    const unreadable = settle(failedBy('malformed-record', new Error('?')), { job: undefined });
    const unknown = settle(failedBy('unknown-kind', new Error('?')));

    expect([unreadable, unknown].map((settled) => historyOf(settled).attempts)).toEqual([1, 1]);
    expect(historyOf(unreadable).reason).toBe('malformed-record');
  });

  it('postpones without an attempt and without a trace in the trail', () => {
    const settled = settle({ type: 'snoozed', reason: 'handler', delayMs: 7 });

    expect(settled.settlement).toMatchObject({ verb: 'snooze', queue: 2, delayMs: 7 });
    expect(historyOf(settled)).toMatchObject({ attempts: 1, snoozes: 5, trail: [] });
  });

  it.each<[string, Outcome, crashes: number]>([
    ['clears', failedBy('timeout', new Error('late')), 0],
    ['clears', { type: 'snoozed', reason: 'handler' }, 0],
    ['keeps', { type: 'snoozed', reason: 'unknown-kind' }, 2],
    ['keeps', { type: 'snoozed', reason: 'kind-limit' }, 2],
    ['keeps', failedBy('unrecoverable', new Error('dead for another reason')), 2],
  ])('rule 20: %s the crashes after %j', (_, outcome, crashes) => {
    expect(historyOf(settle(outcome)).crashes).toBe(crashes);
  });

  it('sets a job aside, as it is, while the breaker of its kind is not closed', () => {
    const settled = settle({ type: 'snoozed', reason: 'breaker-open' });

    expect(settled).toEqual({ settlement: { verb: 'park', queue: 2, kind: 'k' } });
  });

  it('gives back without a decision', () => {
    expect(settle({ type: 'released' })).toEqual({ settlement: { verb: 'release', queue: 2 } });
  });
});
