import type { FinalState, FinalStates } from './final-states.js';
import type { Fate, LedgerLine, Outcome } from './ledger.js';

/** One run of a handler, as the ledger saw it. */
export interface Run {
  readonly workerId: string;
  readonly pid: number;
  readonly startMs: number;
  /** Absent: the handler never came back. */
  endMs?: number;
  endedBy?: 'end' | 'throw';
}

/** Redis took an outcome. */
export interface Accepted {
  readonly atMs: number;
  readonly workerId: string;
  readonly outcome: Outcome;
}

/** Everything known about one job: what was said, what ran, what Redis took, and where it is now. */
export interface JobStory {
  readonly jobId: string;
  fate?: Fate;
  readonly answers: ('ok' | 'refused' | 'unknown')[];
  /** Worker ids, one a claim. */
  readonly claims: string[];
  readonly runs: Run[];
  readonly accepted: Accepted[];
  readonly recoveredMs: number[];
  readonly final?: FinalState;
}

/** What happened to one process. */
export interface ProcessStory {
  exitedMs?: number;
  readonly frozenMs: number[];
}

/** The whole scenario, joined. */
export interface Story {
  readonly jobs: ReadonlyMap<string, JobStory>;
  readonly processes: ReadonlyMap<number, ProcessStory>;
  readonly amnestiesMs: readonly number[];
}

/** Joins ledger lines (in the order of their clock) and the final states. */
export function joinStory(lines: readonly LedgerLine[], finals: FinalStates): Story {
  const jobs = new Map<string, JobStory>();
  const processes = new Map<number, ProcessStory>();
  const amnestiesMs: number[] = [];
  const jobOf = (id: string) => obtain(jobs, id, () => newJobStory(id, finals.jobs.get(id)));
  for (const line of lines) {
    if ('jobId' in line) tellJob(jobOf(line.jobId), line);
    else if ('subject' in line)
      tellProcess(
        obtain(processes, line.subject, () => ({ frozenMs: [] })),
        line,
      );
    else amnestiesMs.push(line.atMs);
  }
  for (const id of finals.jobs.keys()) jobOf(id);
  return { jobs, processes, amnestiesMs };
}

function newJobStory(jobId: string, final?: FinalState): JobStory {
  return { jobId, answers: [], claims: [], runs: [], accepted: [], recoveredMs: [], final };
}

function tellJob(job: JobStory, line: LedgerLine & { jobId: string }): void {
  const { atMs, pid } = line;
  switch (line.what) {
    case 'enqueue-ok':
    case 'enqueue-refused':
    case 'enqueue-unknown':
      job.fate = line.fate;
      job.answers.push(line.what.slice('enqueue-'.length) as 'ok' | 'refused' | 'unknown');
      break;
    case 'claimed':
      job.claims.push(line.workerId);
      break;
    case 'start':
      job.runs.push({ workerId: line.workerId, pid, startMs: atMs });
      break;
    case 'end':
    case 'throw': {
      const run = job.runs.findLast(
        (each) => each.pid === pid && each.workerId === line.workerId && each.endMs === undefined,
      );
      if (run) Object.assign(run, { endMs: atMs, endedBy: line.what });
      break;
    }
    case 'accepted':
      job.accepted.push({ atMs, workerId: line.workerId, outcome: line.outcome });
      break;
    case 'recovered':
      job.recoveredMs.push(atMs);
      break;
  }
}

function tellProcess(story: ProcessStory, line: LedgerLine & { subject: number }): void {
  if (line.what === 'exited') story.exitedMs = line.atMs;
  if (line.what === 'frozen') story.frozenMs.push(line.atMs);
}

function obtain<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
