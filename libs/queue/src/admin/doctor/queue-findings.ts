import type { WorkerInfo } from '../overview.js';
import { SAMPLE_SIZE, type CheckName, type Finding, type JobFault, type Severity } from './finding.js';
import { finding } from './server-checks.js';

/** What one finding says of many things of one sort. */
interface Words {
  readonly severity: Severity;
  /** Of so many. */
  readonly what: (count: number) => string;
  readonly fix: string | null;
  readonly advice: string;
}

const WORDS: Readonly<Partial<Record<CheckName, Words>>> = {
  'one-place': {
    severity: 'error',
    what: (count) => `${jobs(count)} in more than one place`,
    fix: 'keep one: with the worker that holds it, else completed, dead, scheduled, ready',
    advice: 'one may run twice',
  },
  'record-without-place': {
    severity: 'error',
    what: (count) => `${jobs(count)} stored but in no place: nobody will run ${count === 1 ? 'it' : 'them'}`,
    fix: 'put into the dead letter queue with the reason orphaned, to be looked at and requeued',
    advice: 'something outside this queue removed a key or a part of it',
  },
  'place-without-record': {
    severity: 'error',
    what: (count) => `${jobs(count)} without a record: what it was is lost`,
    fix: 'put into the dead letter queue with the reason record-missing; a completed one is forgotten',
    advice: 'something outside this queue removed a record',
  },
  'left-over': {
    severity: 'warning',
    what: (count) =>
      `${count} ${count === 1 ? 'history or outcome' : 'histories or outcomes'} without the job it belongs to`,
    fix: 'forget it',
    advice: 'it only takes memory, and may mislead job show',
  },
  'stray-processing': {
    severity: 'error',
    what: (count) =>
      count === 1
        ? '1 worker that is not registered holds jobs: nobody will take them back'
        : `${count} workers that are not registered hold jobs: nobody will take them back`,
    fix: 'revoke: the next sweep of any worker takes the jobs back, with one crash each',
    advice: 'a registration was removed by hand, or lost with data of Redis',
  },
  'stray-worker': {
    severity: 'warning',
    what: (count) => `${count} ${count === 1 ? 'description' : 'descriptions'} of a worker that is gone`,
    fix: 'forget it',
    advice: 'it only takes memory',
  },
  'stray-parked': {
    severity: 'error',
    what: (count) =>
      `${count} ${count === 1 ? 'list' : 'lists'} of parked jobs that no circuit breaker names: nobody will give them back`,
    fix: 'give the jobs back to the front of their queue',
    advice: 'the breakers of this partition were removed by hand, or lost with data of Redis',
  },
  'lost-token': {
    severity: 'warning',
    what: (count) =>
      `${count} ${count === 1 ? 'queue' : 'queues'} with work and no wake token: idle workers notice late`,
    fix: 'leave a token',
    advice: 'a wake key was removed; without a living worker this is the lesser problem',
  },
  'endless-key': {
    severity: 'warning',
    what: (count) =>
      `${count} ${count === 1 ? 'key that should end by itself has' : 'keys that should end by themselves have'} no end`,
    fix: 'let it end after its usual time from now',
    advice: 'a unique key without end refuses its jobs for ever',
  },
  'unreadable-record': {
    severity: 'warning',
    what: (count) => `${count} ${count === 1 ? 'record' : 'records'} whose first line cannot be read`,
    fix: null,
    advice: 'the worker that claims such a job buries it with its bytes (malformed-record)',
  },
  'newer-record': {
    severity: 'warning',
    what: (count) => `${jobs(count)} written by a newer build than this one`,
    fix: null,
    advice: 'workers of this build postpone them; deploy the newer build',
  },
  'unknown-queue': {
    severity: 'warning',
    what: (count) =>
      `${count} ${count === 1 ? 'queue holds' : 'queues hold'} jobs but ${count === 1 ? 'is' : 'are'} not configured: nobody serves ${count === 1 ? 'it' : 'them'}`,
    fix: null,
    advice: 'add it to queue.names and to the priorities of a worker',
  },
};

/** One thing that was observed, by the name an operator can look it up with. */
export interface Observation {
  readonly check: CheckName;
  readonly name: string;
}

/** All observations, one finding a sort. */
export function findingsOf(observations: readonly Observation[]): Finding[] {
  const checks = [...new Set(observations.map(({ check }) => check))];
  return checks.flatMap((check) => {
    const words = WORDS[check];
    const names = observations.filter((each) => each.check === check).map(({ name }) => name);
    if (!words) return [];
    const { severity, what, fix, advice } = words;
    return [
      {
        check,
        severity,
        what: what(names.length),
        count: names.length,
        sample: names.slice(0, SAMPLE_SIZE),
        fix,
        advice,
      },
    ];
  });
}

/** A broken job, by its id and where it is. */
export function observeFault({ check, seen: { id, places } }: JobFault): Observation {
  return { check, name: places.length > 0 ? `${id} in ${places.join(', ')}` : id };
}

/** Workers of different builds: normal while a deployment is under way. */
export function versionFindings(workers: readonly WorkerInfo[]): Finding[] {
  const living = workers.filter(({ revoked, leaseRemainingMs }) => !revoked && leaseRemainingMs > 0);
  const versions = [...new Set(living.map(({ version }) => version))].toSorted();
  if (versions.length < 2) return [];
  const what = `workers of ${versions.length} versions are at work: ${versions.join(', ')}`;
  const advice = 'normal while a deployment is under way; later, one was left behind';
  return [
    {
      ...finding('worker-versions', 'note', what, advice),
      count: versions.length,
      sample: versions.slice(0, SAMPLE_SIZE),
    },
  ];
}

function jobs(count: number): string {
  return count === 1 ? '1 job' : `${count} jobs`;
}
