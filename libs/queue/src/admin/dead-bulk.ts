import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueKeys } from '../redis/queue-keys.js';
import type { ScriptRunner } from '../redis/script-runner.js';
import { BulkTally, untilAborted, type BulkControl, type BulkResult } from './bulk.js';
import type { DeadFilter } from './dead-filter.js';
import { purgeStep, requeueStep, type SelectionWord } from './dead-selection.js';
import { rangeOf, walkDead, type StoredDeath } from './dead-walk.js';
import { Pace } from './pace.js';
import { slicesOf } from './reply.js';

/** How dead jobs are sent back. */
export interface RequeueControl extends BulkControl {
  /** At most so many a second, evenly; default: as fast as it goes. */
  readonly perSecond?: number;
  /** So many are sent first, and the others only when all of these have completed; 1 to 500. */
  readonly canary?: number;
  /** How long the first ones are waited for, ms. */
  readonly canaryWaitMs?: number;
}

/** What became of the jobs that were sent first. */
export interface CanaryReport {
  readonly sent: number;
  readonly completed: number;
  readonly diedAgain: number;
  /** Neither, when the waiting ended. */
  readonly open: number;
}

/** What became of a requeue. `canary`: of those that were sent first; with any not completed nothing more was sent. */
export interface RequeueResult extends BulkResult {
  readonly canary: CanaryReport | null;
}

/** What bulk work is done with. */
export interface BulkTools {
  readonly runner: ScriptRunner;
  readonly partitions: readonly QueueKeys[];
  readonly names: readonly string[];
}

/** So few that a call takes no more than a few times an `advance`; between two steps as long a rest: workers come first. */
const MOVED_A_STEP = 50;
const DEFAULT_CANARY_WAIT_MS = 120_000;
const LOOK_EVERY_MS = 100;

/** Purges what a filter means, step by step. Jobs that die while it runs are not in it. */
export async function purgeMeant(tools: BulkTools, filter: DeadFilter, control: BulkControl): Promise<BulkResult> {
  const { runner, partitions } = tools;
  const range = await rangeOf(runner, partitions, filter);
  const tally = new BulkTally(Math.min(range.count, filter.limit ?? Infinity), control);
  const isComplete = await untilAborted(control.signal, async () => {
    for await (const { meant, seen } of walkDead(runner, partitions, filter, range)) {
      for (const step of slicesOf(meant, MOVED_A_STEP)) {
        control.signal?.throwIfAborted();
        const startedMs = performance.now();
        tally.take(await inPartitions(partitions, step, (keys, deaths) => purgeStep(runner, keys, deaths)));
        tally.look(step.length);
        await sleep(performance.now() - startedMs, undefined, { signal: control.signal });
      }
      tally.look(seen - meant.length);
    }
  });
  return tally.result(isComplete);
}

/** Sends back what a filter means, paced; a canary first when one is asked for. */
export async function requeueMeant(
  tools: BulkTools,
  filter: DeadFilter,
  control: RequeueControl,
): Promise<RequeueResult> {
  const { runner, partitions } = tools;
  const range = await rangeOf(runner, partitions, filter);
  const tally = new BulkTally(Math.min(range.count, filter.limit ?? Infinity), control);
  const pace = new Pace(control.perSecond);
  let waiting = control.canary ?? 0;
  const sent: StoredDeath[] = [];
  let canary: CanaryReport | null = null;

  const send = async (deaths: readonly StoredDeath[]): Promise<void> => {
    await pace.next(deaths.length, control.signal);
    const words = await requeueDeaths(tools, deaths);
    tally.take(words);
    if (waiting === 0) return;
    sent.push(...deaths.filter((_, at) => words[at] === 'applied'));
    waiting -= deaths.length;
    if (waiting === 0) canary = await watch(tools, sent, control);
  };
  const isStopped = () => canary !== null && canary.completed < canary.sent;

  const isComplete = await untilAborted(control.signal, async () => {
    // with facts, so that no step reads more than a page of record bytes
    for await (const { meant, seen } of walkDead(runner, partitions, filter, range, 'facts')) {
      for (let at = 0; at < meant.length && !isStopped();) {
        const step = meant.slice(at, at + pace.stepSize(waiting > 0 ? Math.min(waiting, MOVED_A_STEP) : MOVED_A_STEP));
        await send(step);
        tally.look(step.length);
        at += step.length;
      }
      tally.look(seen - meant.length);
      if (isStopped()) return;
    }
    if (waiting > 0 && sent.length > 0) canary = await watch(tools, sent, control);
  });
  return { ...tally.result(isComplete), canary };
}

function requeueDeaths({ runner, partitions, names }: BulkTools, deaths: readonly StoredDeath[]) {
  return inPartitions(partitions, deaths, (keys, own) => requeueStep(runner, keys, names, own));
}

/** Runs a step in each partition that has some of these jobs; one word a job, in their order. */
async function inPartitions(
  partitions: readonly QueueKeys[],
  deaths: readonly StoredDeath[],
  step: (keys: QueueKeys, deaths: readonly StoredDeath[]) => Promise<SelectionWord[]>,
): Promise<SelectionWord[]> {
  const words: SelectionWord[] = [];
  for (const [partition, keys] of partitions.entries()) {
    const own = deaths.flatMap((death, at) => (death.partition === partition ? [{ death, at }] : []));
    if (own.length === 0) continue;
    const answers = await step(
      keys,
      own.map(({ death }) => death),
    );
    own.forEach(({ at }, index) => (words[at] = answers[index] ?? 'gone'));
  }
  return words;
}

/** Looks at jobs that were sent back until all have completed, one is dead again, or the time is over. */
async function watch(
  tools: BulkTools,
  sent: readonly StoredDeath[],
  { signal, canaryWaitMs = DEFAULT_CANARY_WAIT_MS }: RequeueControl,
): Promise<CanaryReport> {
  const endMs = performance.now() + canaryWaitMs;
  for (;;) {
    const report = await readFates(tools, sent);
    if (report.open === 0 || report.diedAgain > 0 || performance.now() >= endMs) return report;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

async function readFates({ runner, partitions }: BulkTools, sent: readonly StoredDeath[]): Promise<CanaryReport> {
  const fates: string[] = [];
  for (const [partition, { dead, jobs, outcome }] of partitions.entries()) {
    const ids = sent.flatMap((death) => (death.partition === partition ? [death.id] : []));
    for (const step of slicesOf(ids, 500)) {
      const words = (await runner.runRaw('read-fates', [dead, jobs, outcome], step)) as Buffer[];
      fates.push(...words.map(String));
    }
  }
  const count = (fate: string) => fates.filter((each) => each === fate).length;
  return { sent: sent.length, completed: count('completed'), diedAgain: count('dead'), open: count('open') };
}
