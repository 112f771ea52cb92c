import { describe, expect, it } from 'vitest';
import type { TrailEntry } from './job.js';
import { decodeHistory, encodeHistoryTail, NO_HISTORY } from './job-history.js';

const entry = (atMs: number): TrailEntry => ({ atMs, workerId: 'w', what: 'error', fingerprint: 'f', summary: 'no' });

describe('a history', () => {
  it('gives back what was written', () => {
    const history = { attempts: 1, crashes: 2, interruptions: 3, snoozes: 4, dueAtMs: 5, trail: [entry(6)] };

    expect(decodeHistory(`1 5 ${encodeHistoryTail(history)}`)).toEqual(history);
    expect(decodeHistory(`1 5 ${encodeHistoryTail({ ...history, reason: 'timeout' })}`).reason).toBe('timeout');
  });

  it('keeps the last twenty entries of the trail', () => {
    const trail = Array.from({ length: 25 }, (_, at) => entry(at));

    const kept = decodeHistory(`1 0 ${encodeHistoryTail({ ...NO_HISTORY, trail })}`).trail;

    expect(kept.map(({ atMs }) => atMs)).toEqual(Array.from({ length: 20 }, (_, at) => at + 5));
  });

  it.each([null, undefined, '', 'garbage', '2 0 - 0 0 0 0\n[]'])('that cannot be read is none: %j', (text) => {
    expect(decodeHistory(text)).toEqual(NO_HISTORY);
  });

  it.each(['{}', 'not json'])('keeps its counters when its trail cannot be read: %s', (trail) => {
    expect(decodeHistory(`1 9 - 2 0 0 0\n${trail}`)).toMatchObject({ attempts: 2, dueAtMs: 9, trail: [] });
  });
});
