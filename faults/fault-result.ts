import { ROWS, type RowId } from './rows.js';
import type { FaultMeta } from './fault-test.js';

/** `not run`: this machine lacks something; `not tried`: no test of it was asked for. */
export type Verdict = 'pass' | 'fail' | 'not run' | 'not tried';

/** One test of a row, as it ended. */
export interface TriedTest extends FaultMeta {
  readonly name: string;
  readonly hasPassed: boolean;
  readonly durationMs: number;
}

/** One row, with all its tests. */
export interface RowResult {
  readonly id: RowId;
  readonly verdict: Verdict;
  readonly figures: Readonly<Record<string, number>>;
  /** Why something of it did not run. */
  readonly reasons: readonly string[];
  readonly tests: readonly Pick<TriedTest, 'name' | 'hasPassed' | 'durationMs' | 'figures' | 'notRun'>[];
}

/** A run of the suite, as `.cache/faults/result.json` has it. */
export interface SuiteResult {
  readonly revision: string;
  readonly node: string;
  readonly redis: string;
  readonly cores: number;
  readonly finishedAt: string;
  readonly rows: readonly RowResult[];
}

/** One result a row, in the order of the table. */
export function resultsOf(tests: readonly TriedTest[]): RowResult[] {
  return (Object.keys(ROWS) as RowId[]).map((id) => {
    const own = tests.filter(({ row }) => row === id);
    return {
      id,
      verdict: verdictOf(own),
      figures: joinFigures(own.map(({ figures }) => figures)),
      reasons: [...new Set(own.flatMap(({ notRun }) => notRun ?? []))],
      tests: own.map(({ name, hasPassed, durationMs, figures, notRun }) => ({
        name,
        hasPassed,
        durationMs: Math.round(durationMs),
        figures,
        notRun,
      })),
    };
  });
}

/** A recorded run with the rows of a later one in place of its own; what that did not try stays. */
export function recordedWith(recorded: SuiteResult | undefined, later: SuiteResult): SuiteResult {
  const rows = later.rows.map((row) => {
    const before = recorded?.rows.find(({ id }) => id === row.id);
    return row.verdict === 'not tried' ? (before ?? row) : row;
  });
  return { ...later, rows };
}

function verdictOf(tests: readonly TriedTest[]): Verdict {
  if (tests.some(({ hasPassed, notRun }) => !hasPassed && notRun === undefined)) return 'fail';
  if (tests.some(({ notRun }) => notRun !== undefined)) return 'not run';
  return tests.length > 0 ? 'pass' : 'not tried';
}

function joinFigures(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const joined: Record<string, number> = {};
  for (const [name, value] of all.flatMap((figures) => Object.entries(figures))) {
    const before = joined[name];
    if (before === undefined) joined[name] = value;
    else joined[name] = unitOf(name) ? Math.max(before, value) : before + value;
  }
  return joined;
}

/** `back after, ms` → `ms`. */
export function unitOf(name: string): string | undefined {
  return /, (\S+)$/.exec(name)?.[1];
}
