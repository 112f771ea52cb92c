import { describe, expect, it } from 'vitest';
import type { ExaminedJob } from './finding.js';
import { faultOf } from './job-fault.js';

const known = new Set(['w1']);

describe('faultOf', () => {
  it.each<[string, Partial<ExaminedJob>]>([
    ['waits', { places: ['ready:low'] }],
    ['is held', { places: ['processing:w1'] }],
    ['is held by a lost worker, which is another fault', { places: ['processing:gone'] }],
    ['is completed', { places: ['completed'], hasOutcome: true }],
    ['died of a missing record', { places: ['dead'], hasRecord: false, history: '1 5 record-missing 0 0 0 0' }],
    ['is held although its record is gone: its worker finds out', { places: ['processing:w1'], hasRecord: false }],
    ['is gone altogether', { hasRecord: false }],
  ])('finds nothing wrong with a job that %s', (_, given) => {
    expect(faultOf(aJob(given), known)).toBeUndefined();
  });

  it.each<[readonly string[], string]>([
    [['completed', 'processing:w1'], 'processing:w1'],
    [['ready:low', 'completed'], 'completed'],
    [['ready:low', 'dead'], 'dead'],
    [['ready:low', 'scheduled:low'], 'scheduled:low'],
    [['ready:low', 'quarantine:low'], 'quarantine:low'],
    [['ready:low', 'parked:low:mail.send'], 'parked:low:mail.send'],
    [['ready:high', 'ready:low'], 'ready:high'],
    [['ready:low', 'ready:low'], 'ready:low'],
    [['ready:low', 'processing:gone'], 'ready:low'],
    [['processing:gone', 'processing:w1'], 'processing:w1'],
  ])('of %j keeps %s', (places, keep) => {
    expect(faultOf(aJob({ places }), known)).toMatchObject({
      check: 'one-place',
      verb: 'keep',
      keep,
      seen: { places },
    });
  });

  it.each<[string, Partial<ExaminedJob>, object]>([
    ['without a place', {}, { check: 'record-without-place', verb: 'bury', reason: 'orphaned' }],
    [
      'that waits without a record',
      { places: ['ready:low'], hasRecord: false },
      { check: 'place-without-record', verb: 'bury', reason: 'record-missing' },
    ],
    [
      'that is dead without a record, of something else',
      { places: ['dead'], hasRecord: false, history: '1 5 timeout 4 0 0 0' },
      { check: 'place-without-record', verb: 'bury', reason: 'record-missing' },
    ],
    [
      'that is completed without a record',
      { places: ['completed'], hasRecord: false, hasOutcome: true },
      { check: 'place-without-record', verb: 'forget' },
    ],
    [
      'of which a history is left',
      { hasRecord: false, history: '1 5 - 1 0 0 0' },
      { check: 'left-over', verb: 'forget' },
    ],
    [
      'that waits, with an outcome',
      { places: ['ready:low'], hasOutcome: true },
      { check: 'left-over', verb: 'keep', keep: 'ready:low' },
    ],
  ])('knows a repair for a job %s', (_, given, fault) => {
    expect(faultOf(aJob(given), known)).toMatchObject(fault);
  });
});

function aJob(given: Partial<ExaminedJob>): ExaminedJob {
  return { id: 'a', hasRecord: true, hasOutcome: false, history: null, places: [], ...given };
}
