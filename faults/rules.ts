import type { Fate } from './ledger.js';
import type { JobStory, ProcessStory, Run, Story } from './job-story.js';

/** One broken promise. */
export interface Violation {
  readonly rule: RuleName;
  readonly jobId: string;
  readonly detail: string;
}

/** Every rule, with what it promises. The checker's table lists them all, also the kept ones. */
export const RULES = {
  lost: 'I1 every job answered "stored" ended, is dead with a reason, or is still queued',
  'completed-unrun': 'I1 no job is completed whose handler never ended',
  'refused-but-stored': 'I1 a refused job is certainly not stored',
  'two-places': 'I2 each job is in exactly one place',
  'accepted-twice': 'I3 one accepted outcome per claim, one completion per job, none after it',
  'dead-facts': 'I4 every dead job has reason, counters, times and (unless unreadable) a trail',
  'slow-recovery': 'I8 the jobs of a lost worker are taken back within the bound',
  'innocent-dead': 'I9 no job is dead that could complete',
  overlap: 'I10 no two runs of a job at once while the first worker lives and was not frozen',
  'finished-rerun': 'a job whose handler ended in a worker that lived on does not run again',
} as const;

/** Name of a rule. */
export type RuleName = keyof typeof RULES;

/** The rules about one job. */
export function violationsOf(job: JobStory, story: Story): Violation[] {
  const broken = (rule: RuleName, detail: string | undefined): Violation[] =>
    detail === undefined ? [] : [{ rule, jobId: job.jobId, detail }];
  return [
    ...broken('lost', lost(job)),
    ...broken('completed-unrun', completedUnrun(job)),
    ...broken('refused-but-stored', refusedButStored(job)),
    ...broken('accepted-twice', acceptedTwice(job)),
    ...broken('dead-facts', deadFacts(job)),
    ...broken('innocent-dead', innocentDead(job)),
    ...broken('overlap', overlap(job, story)),
    ...broken('finished-rerun', finishedRerun(job, story)),
  ];
}

function lost(job: JobStory): string | undefined {
  if (!job.answers.includes('ok') || job.final) return undefined;
  return `answered "stored", then gone; ${job.runs.length} runs, ${job.runs.filter(hasEnded).length} ended`;
}

function completedUnrun(job: JobStory): string | undefined {
  if (!isIn(job, 'completed') || job.runs.some(hasEnded)) return undefined;
  return `completed, but none of ${job.runs.length} runs ended`;
}

function refusedButStored(job: JobStory): string | undefined {
  const wasOnlyRefused = job.answers.length > 0 && job.answers.every((answer) => answer === 'refused');
  return wasOnlyRefused && job.final ? `refused, but in ${job.final.places.join(', ')}` : undefined;
}

function acceptedTwice(job: JobStory): string | undefined {
  const completions = job.accepted.filter(({ outcome }) => outcome === 'completed');
  if (completions.length > 1) return `${completions.length} completions were taken, from ${workers(completions)}`;
  const [completion] = completions;
  if (completion && job.final?.completedBy && job.final.completedBy !== completion.workerId) {
    return `the ack of ${completion.workerId} was taken, the stored outcome is of ${job.final.completedBy}`;
  }
  const late = completion && job.runs.find((run) => run.startMs > completion.atMs);
  if (late) return `ran again on ${late.workerId} after the ack of ${completion.workerId} was taken`;
  return moreOutcomesThanClaims(job);
}

// A claim that is given back before its handler starts (a drain, a kind that has to wait) has an outcome and no run.
function moreOutcomesThanClaims(job: JobStory): string | undefined {
  for (const workerId of new Set(job.accepted.map((each) => each.workerId))) {
    const outcomes = job.accepted.filter((each) => each.workerId === workerId);
    const results = outcomes.filter(({ outcome }) => outcome === 'completed' || outcome === 'failed').length;
    const runs = job.runs.filter((run) => run.workerId === workerId).length;
    const claims = Math.max(runs, job.claims.filter((claimer) => claimer === workerId).length);
    if (results > runs) return `${results} results of ${workerId} were taken, for ${runs} runs`;
    if (outcomes.length > claims) return `${outcomes.length} outcomes of ${workerId} were taken, for ${claims} claims`;
  }
  return undefined;
}

function deadFacts(job: JobStory): string | undefined {
  if (!isIn(job, 'dead')) return undefined;
  const { history, diedAtMs = 0 } = job.final ?? {};
  const missing = [
    diedAtMs > 0 ? [] : 'died-at time',
    history?.reason ? [] : 'reason',
    (history?.attempts ?? 0) + (history?.crashes ?? 0) > 0 || !hasRun(job) ? [] : 'attempts',
    history?.trail.some((entry) => entry.workerId !== '' && entry.atMs > 0) ? [] : 'trail with worker and time',
  ].flat();
  return missing.length > 0 ? `dead without ${missing.join(', ')}` : undefined;
}

function innocentDead(job: JobStory): string | undefined {
  const fate: Fate | undefined = job.fate;
  if (!isIn(job, 'dead') || fate !== 'completes') return undefined;
  const { reason, attempts, crashes } = job.final?.history ?? {};
  return `dead of "${reason}" (attempts ${attempts}, crashes ${crashes}), but its handler can complete`;
}

function overlap(job: JobStory, { processes }: Story): string | undefined {
  for (const [first, second] of pairsInOrder(job.runs)) {
    const owner = processes.get(first.pid);
    const isOver = overMs(first, job, owner) <= second.startMs;
    if (!isOver && !wasFrozen(owner, second.startMs)) {
      return `${second.workerId} started ${Math.round(second.startMs - first.startMs)} ms after ${first.workerId}, which still ran`;
    }
  }
  return undefined;
}

/** How long after Redis took an outcome its worker may write the line: the job may start elsewhere in between. */
const WITNESS_LAG_MS = 500;

// A handler that ignores its abort may go on for ever; its run is over when Redis took an outcome for it.
function overMs(run: Run, job: JobStory, owner: ProcessStory | undefined): number {
  const settled = job.accepted.filter(({ workerId, atMs }) => workerId === run.workerId && atMs >= run.startMs);
  const takenMs = settled.map(({ atMs }) => atMs - WITNESS_LAG_MS);
  return Math.min(run.endMs ?? Infinity, owner?.exitedMs ?? Infinity, ...takenMs);
}

function finishedRerun(job: JobStory, { processes }: Story): string | undefined {
  for (const [first, second] of pairsInOrder(job.runs)) {
    if (first.endedBy !== 'end' || first.endMs === undefined || first.endMs > second.startMs) continue;
    const owner = processes.get(first.pid);
    const diedBefore = (owner?.exitedMs ?? Infinity) <= second.startMs;
    if (!diedBefore && !wasFrozen(owner, second.startMs)) {
      return `ended on ${first.workerId}, started on ${second.workerId} ${Math.round(second.startMs - first.endMs)} ms later`;
    }
  }
  return undefined;
}

/**
 * How long each unfinished run of an ended process waited for its recovery, ms, and those over the bound. An amnesty (a
 * sweep found that none had run for a while) starts the bound anew: who died before it has one more lease.
 */
export function recoveries(
  story: Story,
  boundMs = Infinity,
): { readonly tookMs: number[]; readonly late: Violation[] } {
  const tookMs: number[] = [];
  const late: Violation[] = [];
  for (const job of story.jobs.values()) {
    for (const { exitedMs, workerId } of orphanedRuns(job, story)) {
      const backMs = firstAfter(exitedMs, [...job.recoveredMs, ...job.runs.map((run) => run.startMs)]);
      if (backMs === undefined) continue; // never came back: another rule's matter, or still within its time
      tookMs.push(backMs - exitedMs);
      const fromMs = Math.max(exitedMs, ...story.amnestiesMs.filter((atMs) => atMs < backMs));
      if (backMs - fromMs <= boundMs) continue;
      const detail = `taken from ${workerId} ${Math.round(backMs - exitedMs)} ms after its end, bound ${boundMs} ms`;
      late.push({ rule: 'slow-recovery', jobId: job.jobId, detail });
    }
  }
  return { tookMs, late };
}

/** Runs that ended in a process that lived on or was killed later, and were started again: allowed once the owner died. */
export function countRerunsOfEnded(story: Story): number {
  return [...story.jobs.values()]
    .flatMap((job) => pairsInOrder(job.runs))
    .filter(([first, second]) => first.endedBy === 'end' && (first.endMs ?? Infinity) <= second.startMs).length;
}

function orphanedRuns(job: JobStory, { processes }: Story): { exitedMs: number; workerId: string }[] {
  return job.runs.flatMap((run) => {
    const exitedMs = processes.get(run.pid)?.exitedMs;
    const wasReleased = job.accepted.some(({ workerId, atMs }) => workerId === run.workerId && atMs >= run.startMs);
    return run.endMs === undefined && exitedMs !== undefined && !wasReleased
      ? [{ exitedMs, workerId: run.workerId }]
      : [];
  });
}

function firstAfter(atMs: number, times: readonly number[]): number | undefined {
  const later = times.filter((time) => time > atMs);
  return later.length > 0 ? Math.min(...later) : undefined;
}

function pairsInOrder(runs: readonly Run[]): [Run, Run][] {
  return runs.flatMap((first, index) => runs.slice(index + 1).map((second): [Run, Run] => [first, second]));
}

function wasFrozen(owner: ProcessStory | undefined, beforeMs: number): boolean {
  return owner?.frozenMs.some((atMs) => atMs <= beforeMs) ?? false;
}

const hasRun = (job: JobStory): boolean => job.runs.length > 0;
const hasEnded = (run: Run): boolean => run.endedBy === 'end';
const isIn = (job: JobStory, container: string): boolean => job.final?.places.includes(container) ?? false;
const workers = (list: readonly { workerId: string }[]): string => list.map(({ workerId }) => workerId).join(' and ');
