/** The five states of a job. Every stored job is in exactly one. */
export const JOB_STATES = ['scheduled', 'ready', 'processing', 'completed', 'dead'] as const;

/** One of the five states. */
export type JobState = (typeof JOB_STATES)[number];

/** A state, or the outside: `new` before the enqueue, `gone` after a trim or a purge. */
export type Place = JobState | 'new' | 'gone';

/** One allowed move of a job, and what guards it. */
export interface Transition {
  readonly from: Place;
  readonly to: Place;
  /** The script that carries it out: a file of `redis/scripts`. */
  readonly script: string;
  /** Who calls it. */
  readonly by: string;
  /** What the script checks before it writes. */
  readonly guard: string;
}

/**
 * THE state machine. `docs/job-lifecycle.md` shows it, the head line of each script names its moves, and specs keep the
 * three equal.
 */
export const TRANSITIONS: readonly Transition[] = [
  { from: 'new', to: 'ready', script: 'enqueue', by: 'producer', guard: 'id and unique key are free, queue not full' },
  { from: 'new', to: 'scheduled', script: 'enqueue', by: 'producer', guard: 'id and unique key are free' },
  { from: 'scheduled', to: 'ready', script: 'advance', by: 'worker', guard: 'due by the Redis clock' },
  { from: 'ready', to: 'processing', script: 'advance', by: 'worker', guard: 'worker registered, queue not paused' },
  {
    from: 'ready',
    to: 'processing',
    script: 'claim-quarantined',
    by: 'worker',
    guard: 'worker registered and holds nothing, queue not paused',
  },
  {
    from: 'ready',
    to: 'processing',
    script: 'claim-probe',
    by: 'worker',
    guard: 'worker registered, cooldown over, nobody probes, queue not paused',
  },
  {
    from: 'processing',
    to: 'completed',
    script: 'advance',
    by: 'worker',
    guard: 'worker registered, claim number equal',
  },
  { from: 'processing', to: 'scheduled', script: 'fail', by: 'worker', guard: 'worker registered, claim number equal' },
  { from: 'processing', to: 'dead', script: 'fail', by: 'worker', guard: 'worker registered, claim number equal' },
  { from: 'processing', to: 'ready', script: 'release', by: 'worker', guard: 'worker registered, claim number equal' },
  { from: 'processing', to: 'ready', script: 'leave', by: 'worker', guard: 'worker registered' },
  { from: 'processing', to: 'ready', script: 'park', by: 'worker', guard: 'worker registered, claim number equal' },
  { from: 'processing', to: 'dead', script: 'release', by: 'worker', guard: 'a cancel was asked for' },
  { from: 'processing', to: 'dead', script: 'park', by: 'worker', guard: 'a cancel was asked for' },
  {
    from: 'processing',
    to: 'dead',
    script: 'leave',
    by: 'worker',
    guard: 'a cancel was asked for, or no such queue here',
  },
  { from: 'processing', to: 'ready', script: 'reap', by: 'reaper', guard: 'worker revoked, claim number equal' },
  { from: 'processing', to: 'scheduled', script: 'reap', by: 'reaper', guard: 'worker revoked, claim number equal' },
  {
    from: 'processing',
    to: 'dead',
    script: 'reap',
    by: 'reaper',
    guard: 'worker revoked, claim number equal; cancelled, unreadable or crashed alone too often',
  },
  {
    from: 'processing',
    to: 'ready',
    script: 'end-solo',
    by: 'worker',
    guard: 'process registered, claim number equal',
  },
  {
    from: 'processing',
    to: 'dead',
    script: 'end-solo',
    by: 'worker',
    guard: 'process registered, claim number equal',
  },
  { from: 'processing', to: 'gone', script: 'answer', by: 'worker', guard: 'worker registered, claim number equal' },
  { from: 'completed', to: 'gone', script: 'advance', by: 'worker', guard: 'more than completed.keep_count' },
  { from: 'completed', to: 'gone', script: 'retain', by: 'retention', guard: 'older than completed.keep_for' },
  { from: 'dead', to: 'ready', script: 'requeue-dead', by: 'operator', guard: 'died-at time equal' },
  { from: 'dead', to: 'gone', script: 'purge-dead', by: 'operator', guard: 'died-at time equal' },
  { from: 'new', to: 'dead', script: 'import-dead', by: 'operator', guard: 'id is nowhere' },
  { from: 'ready', to: 'dead', script: 'cancel-waiting', by: 'operator', guard: 'still in the list' },
  { from: 'scheduled', to: 'dead', script: 'cancel-waiting', by: 'operator', guard: 'still scheduled' },
  { from: 'ready', to: 'gone', script: 'purge-ready', by: 'operator', guard: 'still in the list' },
  { from: 'scheduled', to: 'gone', script: 'purge-scheduled', by: 'operator', guard: 'still scheduled' },
  { from: 'ready', to: 'gone', script: 'forget-partition', by: 'developer', guard: 'none: not for production' },
  { from: 'scheduled', to: 'gone', script: 'forget-partition', by: 'developer', guard: 'none: not for production' },
  { from: 'processing', to: 'gone', script: 'forget-partition', by: 'developer', guard: 'none: not for production' },
  { from: 'completed', to: 'gone', script: 'forget-partition', by: 'developer', guard: 'none: not for production' },
  { from: 'dead', to: 'gone', script: 'forget-partition', by: 'developer', guard: 'none: not for production' },
  { from: 'new', to: 'ready', script: 'bench-enqueue', by: 'operator', guard: 'queue neither paused nor full' },
  { from: 'ready', to: 'gone', script: 'bench-withdraw', by: 'operator', guard: 'still in the list' },
  { from: 'scheduled', to: 'gone', script: 'bench-withdraw', by: 'operator', guard: 'still scheduled' },
];
