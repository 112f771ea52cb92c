import { expect, it, type TestContext } from 'vitest';
import { renderReport, type CheckReport } from './checker.js';
import type { RowId } from './rows.js';
import type { TestFleet } from './use-fleet.js';

/** What a test tells the table. It travels as the `meta` of the test, to `table-reporter.ts`. */
export interface FaultMeta {
  readonly row: RowId;
  /** The largest of a row counts when the name has a unit (`back after, ms`), else the sum. */
  readonly figures: Record<string, number>;
  /** Why it could not be tried on this machine. */
  notRun?: string;
}

declare module 'vitest' {
  interface TaskMeta {
    fault?: FaultMeta;
  }
}

/** Collects what one test of a row found. */
export class Evidence {
  private readonly meta: FaultMeta;

  constructor(
    private readonly context: TestContext,
    row: RowId,
  ) {
    this.meta = { row, figures: {} };
    context.task.meta.fault = this.meta;
  }

  /** Figures of the table. */
  add(figures: Readonly<Record<string, number>>): void {
    Object.assign(this.meta.figures, figures);
  }

  /** Ends the test: this machine lacks something. The suite fails for it, but for `--allow-missing`. */
  notRun(reason: string): never {
    this.meta.notRun = reason;
    return this.context.skip(reason);
  }

  /** Joins ledger and Redis, shows the report, and demands that no promise was broken. */
  async judge(fleet: TestFleet, recoveryBoundMs?: number): Promise<CheckReport> {
    const report = await fleet.check(recoveryBoundMs);
    console.log(renderReport(report));
    this.add({ jobs: report.figures.stored, violations: report.violations.length });
    expect(report.violations).toEqual([]);
    return report;
  }
}

/** A test of one row of the table in docs/reliability.md. */
export function faultTest(
  row: RowId,
  name: string,
  run: (evidence: Evidence) => Promise<void>,
  timeoutMs = 60_000,
): void {
  it(name, (context) => run(new Evidence(context, row)), timeoutMs);
}
