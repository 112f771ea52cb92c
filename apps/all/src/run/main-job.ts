import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueOverview } from '@app/queue';
import type { Screen } from './screen.js';
import { RateMeter } from './progress.js';
import type { RunSummary } from './summary.js';
import type { Tally } from './tally.js';

const TICK_MS = 200;
/** A job moves while the queues are read, so an empty look is believed when the next one is empty too. */
const EMPTY_LOOKS = 2;
/** How long the last reports may stay behind what Redis says: workers send them five times a second. */
const REPORTS_LATE_MS = 2_000;

export interface MainJobFacts {
  readonly tally: Tally;
  readonly screen: Screen;
  /** Rejects while Redis cannot be asked. */
  readonly overview: () => Promise<QueueOverview>;
  /** Dead letters before this run; `undefined`: nobody could say. */
  readonly deadBefore: number | undefined;
  /** Gives up waiting. */
  readonly signal: AbortSignal;
}

/**
 * Shows the progress until the scan is over and nothing waits or runs any more. Redis says so, not the reports: jobs of
 * an earlier run count, too, and a report may be lost with its worker.
 *
 * @returns what it came to; `undefined` when the signal gave up first.
 */
export async function followMainJob(facts: MainJobFacts): Promise<RunSummary | undefined> {
  const { tally, signal } = facts;
  const meter = new RateMeter();
  let last: QueueOverview | undefined;
  for (let emptyLooks = 0; emptyLooks < EMPTY_LOOKS; await sleep(TICK_MS)) {
    if (signal.aborted) return undefined;
    showProgress(facts, meter);
    last = tally.scan && (await facts.overview().catch(() => undefined)); // Redis is away: nobody knows
    emptyLooks = last && isEmpty(last) ? emptyLooks + 1 : 0;
  }
  await lastReports(tally);
  const dead = last!.dead.total;
  return summarise(tally, dead - (facts.deadBefore ?? dead));
}

function showProgress({ tally, screen }: MainJobFacts, meter: RateMeter): void {
  const counts = tally.total;
  const jobsPerSecond = meter.next(counts.completed + counts.dead, performance.now());
  screen.progress({ counts, isScanning: tally.scan === undefined, jobsPerSecond });
}

function isEmpty({ queues, processing }: QueueOverview): boolean {
  return processing.total === 0 && queues.every(({ ready, scheduled }) => ready + scheduled === 0);
}

async function lastReports(tally: Tally): Promise<void> {
  const givesUpAt = performance.now() + REPORTS_LATE_MS;
  const isLate = () => tally.total.completed + tally.total.dead < tally.total.produced;
  while (isLate() && performance.now() < givesUpAt) await sleep(TICK_MS);
}

function summarise(tally: Tally, newlyDead: number): RunSummary {
  return {
    scan: tally.scan!,
    queues: tally.byQueue(),
    durationMs: tally.durationMs,
    wait: tally.wait(),
    run: tally.run(),
    slowest: tally.slowest(),
    newlyDead,
  };
}

/** Everything the scan found was enqueued, and everything that was enqueued completed. */
export function isAllWell({ scan, queues, newlyDead }: RunSummary): boolean {
  const isScanWhole = scan.complete && scan.skipped['refused'] === undefined;
  return isScanWhole && newlyDead <= 0 && queues.every(({ dead }) => dead === 0);
}
