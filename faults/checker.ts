import type { FinalStates } from './final-states.js';
import { joinStory, type JobStory, type Story } from './job-story.js';
import type { LedgerLine } from './ledger.js';
import { countRerunsOfEnded, recoveries, RULES, violationsOf, type RuleName, type Violation } from './rules.js';

/** What a scenario showed. */
export interface CheckReport {
  readonly figures: Figures;
  /** How often each rule was broken. */
  readonly counts: Readonly<Record<RuleName, number>>;
  readonly violations: readonly Violation[];
}

/** Sizes that say whether the scenario was worth anything: no kills, no proof. */
export interface Figures {
  readonly stored: number;
  readonly refused: number;
  readonly unknown: number;
  readonly runs: number;
  readonly completed: number;
  readonly dead: number;
  readonly queued: number;
  readonly processesEnded: number;
  /** Runs that ended, whose owner died before its ack was taken: at-least-once at work. */
  readonly rerunsOfEnded: number;
  readonly recoveries: number;
  /** Sweeps that came late, so that everybody got another lease. */
  readonly amnesties: number;
  readonly slowestRecoveryMs: number;
}

/** Judges a scenario. Nothing here is ever loosened to make it pass. */
export function checkLedger(lines: readonly LedgerLine[], finals: FinalStates, recoveryBoundMs?: number): CheckReport {
  const story = joinStory(lines, finals);
  const taken = recoveries(story, recoveryBoundMs);
  const violations = [
    ...[...story.jobs.values()].flatMap((job) => violationsOf(job, story)),
    ...finals.placeFaults.map((fault): Violation => placeViolation(fault)),
    ...taken.late,
  ];
  return { figures: figuresOf(story, taken.tookMs), counts: countByRule(violations), violations };
}

/** The report as a table for people. */
export function renderReport({ figures, counts, violations }: CheckReport, mostShown = 20): string {
  const sizes = Object.entries(figures).map(([name, value]) => `  ${name.padEnd(20)}${String(value).padStart(8)}`);
  const verdicts = Object.entries(RULES).map(([name, text]) => {
    return `  ${name.padEnd(20)}${String(counts[name as RuleName]).padStart(8)}  ${text}`;
  });
  const shown = violations.slice(0, mostShown).map(({ rule, jobId, detail }) => `  ${rule}: ${jobId}: ${detail}`);
  return ['figures', ...sizes, 'violations', ...verdicts, ...shown].join('\n');
}

function placeViolation(fault: string): Violation {
  const [jobId = '', detail = ''] = fault.split(/: (.*)/s);
  return { rule: 'two-places', jobId, detail };
}

function countByRule(violations: readonly Violation[]): Record<RuleName, number> {
  const names = Object.keys(RULES) as RuleName[];
  const counts = names.map((name) => [name, violations.filter(({ rule }) => rule === name).length]);
  return Object.fromEntries(counts) as Record<RuleName, number>;
}

function figuresOf(story: Story, recoveriesMs: readonly number[]): Figures {
  const jobs = [...story.jobs.values()];
  const count = (matches: (job: JobStory) => boolean | undefined) => jobs.filter(matches).length;
  const completed = count((job) => job.final?.places.includes('completed'));
  const dead = count((job) => job.final?.places.includes('dead'));
  return {
    stored: count((job) => job.answers.includes('ok')),
    refused: count((job) => job.answers.includes('refused')),
    unknown: count((job) => job.answers.includes('unknown')),
    runs: jobs.reduce((sum, job) => sum + job.runs.length, 0),
    completed,
    dead,
    queued: count((job) => job.final !== undefined) - completed - dead,
    processesEnded: [...story.processes.values()].filter(({ exitedMs }) => exitedMs !== undefined).length,
    rerunsOfEnded: countRerunsOfEnded(story),
    recoveries: recoveriesMs.length,
    amnesties: story.amnestiesMs.length,
    slowestRecoveryMs: Math.round(Math.max(0, ...recoveriesMs)),
  };
}
