import { describe, expect, it } from 'vitest';
import { NO_HISTORY } from '@app/testing';
import { checkLedger, renderReport, type CheckReport } from './checker.js';
import type { FinalState } from './final-states.js';
import type { LedgerEntry, LedgerLine } from './ledger.js';
import { RULES, type RuleName } from './rules.js';

const ID = 'job-1';
const stored: LedgerEntry = { what: 'enqueue-ok', jobId: ID, fate: 'completes' };
const claimed = (workerId: string): LedgerEntry => ({ what: 'claimed', jobId: ID, workerId });
const released = (workerId: string): LedgerEntry => ({ what: 'accepted', jobId: ID, workerId, outcome: 'released' });
const started = (workerId: string, attempt = 1): LedgerEntry => ({ what: 'start', jobId: ID, workerId, attempt });
const ended = (workerId: string): LedgerEntry => ({ what: 'end', jobId: ID, workerId });
const threw = (workerId: string): LedgerEntry => ({ what: 'throw', jobId: ID, workerId });
const completed = (workerId: string): LedgerEntry => ({ what: 'accepted', jobId: ID, workerId, outcome: 'completed' });
const exited = (subject: number): LedgerEntry => ({ what: 'exited', subject, how: 'SIGKILL' });

/** One line a step, 10 ms apart; `[pid, entry]` or `[pid, entry, atMs]`. */
function ledger(...steps: [number, LedgerEntry, number?][]): LedgerLine[] {
  return steps.map(([pid, entry, atMs], index) => ({ ...entry, pid, atMs: atMs ?? 10 * (index + 1) }));
}

function finals(final?: Partial<FinalState>, placeFaults: string[] = []) {
  return { jobs: new Map<string, FinalState>(final ? [[ID, { places: ['completed'], ...final }]] : []), placeFaults };
}

function broken(report: CheckReport): RuleName[] {
  return [...new Set(report.violations.map(({ rule }) => rule))];
}

const check = (lines: LedgerLine[], final?: Partial<FinalState>, boundMs?: number) =>
  checkLedger(lines, finals(final), boundMs);

describe('the checker is content with', () => {
  it('a job that ran once and was acked', () => {
    const report = check(ledger([1, stored], [2, started('w1')], [2, ended('w1')], [2, completed('w1')]), {
      completedBy: 'w1',
    });

    expect(report.violations).toEqual([]);
    expect(report.figures).toMatchObject({ stored: 1, runs: 1, completed: 1, rerunsOfEnded: 0 });
  });

  it('a job that is still queued', () => {
    expect(check(ledger([1, stored]), { places: ['ready:low'] }).violations).toEqual([]);
  });

  it('a second run after the worker of the first was killed, also when the first had just ended', () => {
    const lines = ledger(
      [1, stored],
      [2, started('w1')],
      [2, ended('w1')],
      [9, exited(2)],
      [3, started('w2')],
      [3, ended('w2')],
    );

    const report = check(lines, { completedBy: 'w2' });

    expect(report.violations).toEqual([]);
    expect(report.figures.rerunsOfEnded).toBe(1);
  });

  it('a second run while the first worker is frozen, and the late end of the first', () => {
    const lines = ledger(
      [1, stored],
      [2, started('w1')],
      [9, { what: 'frozen', subject: 2 }],
      [3, started('w2')],
      [3, ended('w2')],
      [3, completed('w2')],
      [2, threw('w1')],
    );

    expect(check(lines, { completedBy: 'w2' }).violations).toEqual([]);
  });

  it('a claim that was given back before its handler started', () => {
    const lines = ledger([1, stored], [2, claimed('w1')], [2, released('w1')]);

    expect(check(lines, { places: ['ready:low'] }).violations).toEqual([]);
  });

  it('a dead job whose record says why', () => {
    const trail = [{ atMs: 5, workerId: 'w1', what: 'error' as const, summary: 'Error: no' }];
    const history = { ...NO_HISTORY, reason: 'retries-exhausted' as const, attempts: 4, trail };
    const lines = ledger([1, { ...stored, fate: 'dies' } as LedgerEntry], [2, started('w1')], [2, threw('w1')]);

    expect(check(lines, { places: ['dead'], diedAtMs: 7, history }).violations).toEqual([]);
  });
});

describe('the checker catches a queue that', () => {
  it.each<[string, RuleName, LedgerLine[], Partial<FinalState> | undefined]>([
    [
      'loses a job it popped and then died with',
      'lost',
      ledger([1, stored], [2, started('w1')], [9, exited(2)]),
      undefined,
    ],
    [
      'loses a job after its handler ended',
      'lost',
      ledger([1, stored], [2, started('w1')], [2, ended('w1')]),
      undefined,
    ],
    [
      'completes what never ran to its end',
      'completed-unrun',
      ledger([1, stored], [2, started('w1')], [2, threw('w1')]),
      {},
    ],
    [
      'stores what it refused',
      'refused-but-stored',
      ledger([1, { what: 'enqueue-refused', jobId: ID, fate: 'completes', code: 'queue-full' }]),
      { places: ['ready:low'] },
    ],
    [
      'takes the acks of two runs',
      'accepted-twice',
      ledger(
        [1, stored],
        [2, started('w1')],
        [2, ended('w1')],
        [3, started('w2')],
        [3, ended('w2')],
        [2, completed('w1')],
        [3, completed('w2')],
      ),
      { completedBy: 'w2' },
    ],
    [
      'tells one worker its ack was taken and stores the outcome of another',
      'accepted-twice',
      ledger([1, stored], [2, started('w1')], [2, ended('w1')], [2, completed('w1')]),
      { completedBy: 'w2' },
    ],
    [
      'runs a job again after its ack was taken, even when that worker died since',
      'accepted-twice',
      ledger(
        [1, stored],
        [2, started('w1')],
        [2, ended('w1')],
        [2, completed('w1')],
        [9, exited(2)],
        [3, started('w2')],
      ),
      { completedBy: 'w1' },
    ],
    [
      'takes two outcomes for one run',
      'accepted-twice',
      ledger(
        [1, stored],
        [2, started('w1')],
        [2, threw('w1')],
        ...twice<[number, LedgerEntry]>([2, { what: 'accepted', jobId: ID, workerId: 'w1', outcome: 'failed' }]),
      ),
      { places: ['scheduled:low'] },
    ],
    [
      'takes a claim back twice',
      'accepted-twice',
      ledger([1, stored], [2, claimed('w1')], [2, started('w1')], ...twice<[number, LedgerEntry]>([2, released('w1')])),
      { places: ['ready:low'] },
    ],
    [
      'takes the result of a claim that never ran',
      'accepted-twice',
      ledger(
        [1, stored],
        [2, claimed('w1')],
        [2, claimed('w1')],
        [2, started('w1')],
        [2, ended('w1')],
        [2, { what: 'accepted', jobId: ID, workerId: 'w1', outcome: 'failed' }],
        [2, completed('w1')],
      ),
      { completedBy: 'w1' },
    ],
    [
      'buries without a word',
      'dead-facts',
      ledger([1, { ...stored, fate: 'dies' } as LedgerEntry], [2, started('w1')]),
      { places: ['dead'], diedAtMs: 7 },
    ],
    [
      'buries a job for its neighbour',
      'innocent-dead',
      ledger([1, stored], [2, started('w1')], [9, exited(2)]),
      { places: ['dead'], diedAtMs: 7 },
    ],
    [
      'gives a job to a second worker while the first runs it',
      'overlap',
      ledger([1, stored], [2, started('w1')], [3, started('w2')], [3, ended('w2')], [2, ended('w1')]),
      {},
    ],
    [
      'forgets in an outage what was finished',
      'finished-rerun',
      ledger([1, stored], [2, started('w1')], [2, ended('w1')], [3, started('w2')], [3, ended('w2')]),
      {},
    ],
  ])('%s', (_, rule, lines, final) => {
    expect(broken(check(lines, final))).toContain(rule);
  });

  it('keeps a job in two places', () => {
    const report = checkLedger(
      ledger([1, stored]),
      finals({ places: ['ready:low', 'dead'] }, [`${ID}: in ready:low, dead`]),
    );

    expect(report.violations).toContainEqual({ rule: 'two-places', jobId: ID, detail: 'in ready:low, dead' });
  });

  it("takes a dead worker's job back too late", () => {
    const lines = ledger(
      [1, stored, 0],
      [2, started('w1'), 10],
      [9, exited(2), 100],
      [3, started('w2'), 2_600],
      [3, ended('w2'), 2_700],
    );
    const amnestyAt = (atMs: number) => [...lines, { what: 'amnesty', pid: 3, atMs } as LedgerLine];

    expect(broken(check(lines, {}, 2_000))).toEqual(['slow-recovery']);
    expect(check(lines, {}, 2_500)).toMatchObject({ violations: [], figures: { slowestRecoveryMs: 2_500 } });
    expect(check(amnestyAt(700), {}, 2_000).violations).toEqual([]);
    expect(broken(check(amnestyAt(500), {}, 2_000))).toEqual(['slow-recovery']);
  });

  it('shows each rule and each broken one in the table', () => {
    const text = renderReport(check(ledger([1, stored])));

    for (const rule of Object.keys(RULES)) expect(text).toContain(`  ${rule} `);
    expect(text).toMatch(/lost +1 {2}I1/);
    expect(text).toContain(`lost: ${ID}: answered "stored", then gone`);
  });
});

function twice<T>(step: T): [T, T] {
  return [step, step];
}
