import { describe, expect, it } from 'vitest';
import { afterCrashInCompany, afterSoloCrash, describeSoloEnd, type SoloEnd } from './crash-policy.js';
import { NO_HISTORY, type JobHistory } from './job-history.js';
import type { TrailEntry } from './job.js';

const POLICY = { maxCrashes: 3, canRunAlone: true };

describe('afterCrashInCompany', () => {
  it('sends a job that crashed once to the front, and lets it run alone from the second crash on', () => {
    const decisions = [1, 2, 3, 100].map((crashes) => afterCrashInCompany(crashes, POLICY, 0));

    expect(decisions).toEqual([{ verb: 'front' }, { verb: 'alone' }, { verb: 'alone' }, { verb: 'alone' }]);
  });

  it('lets it wait longer each time where no process can be started for it', () => {
    const decisions = [1, 2, 3, 100].map((crashes) =>
      afterCrashInCompany(crashes, { ...POLICY, canRunAlone: false }, 0),
    );

    expect(decisions).toEqual([
      { verb: 'front' },
      { verb: 'retry', delayMs: 2_500 },
      { verb: 'retry', delayMs: 5_000 },
      { verb: 'retry', delayMs: 150_000 },
    ]);
  });
});

describe('afterSoloCrash', () => {
  const verbAfter = (end: SoloEnd, ...trail: TrailEntry['what'][]) => afterSoloCrash(pastOf(trail), end, POLICY).verb;

  it.each<SoloEnd>([
    { exitCode: 1 },
    { exitCode: 0 },
    { exitCode: null, signal: 'SIGSEGV' },
    { exitCode: null, signal: 'SIGABRT' },
  ])('convicts at once for %j', (end) => {
    expect(verbAfter(end)).toBe('bury');
  });

  it.each<SoloEnd>([{ exitCode: null, signal: 'SIGKILL' }, { exitCode: null, signal: 'SIGTERM' }, {}])(
    'convicts for %j only at the third time',
    (end) => {
      expect(verbAfter(end, 'crash', 'crash')).toBe('alone');
      expect(verbAfter(end, 'crash', 'crash', 'solo-crash')).toBe('alone');
      expect(verbAfter(end, 'crash', 'crash', 'solo-crash', 'solo-crash')).toBe('bury');
    },
  );

  it('starts to count anew after a normal end', () => {
    expect(verbAfter({}, 'solo-crash', 'solo-crash', 'error')).toBe('alone');
    expect(verbAfter({}, 'solo-crash', 'solo-crash', 'crash', 'crash')).toBe('alone');
  });
});

describe('describeSoloEnd', () => {
  it('says how the process ended, and its last words', () => {
    const told = [
      describeSoloEnd({ exitCode: 7, signal: null }),
      describeSoloEnd({ exitCode: null, signal: 'SIGSEGV' }),
      describeSoloEnd({}),
      describeSoloEnd({ exitCode: 1 }, 'Error: boom'),
    ];

    expect(told).toEqual([
      'alone in its process: exit code 7',
      'alone in its process: ended by SIGSEGV',
      'alone in its process: lost, nobody saw its end',
      'alone in its process: exit code 1: Error: boom',
    ]);
  });
});

function pastOf(whats: readonly TrailEntry['what'][]): JobHistory {
  return { ...NO_HISTORY, trail: whats.map((what) => ({ atMs: 1, workerId: 'w', what, summary: '' })) };
}
