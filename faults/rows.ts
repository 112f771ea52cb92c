/** One line of the table of faults: what is done to the queue, and what must come out. */
export interface Row {
  readonly fault: string;
  readonly bar: string;
}

/** Every fault the suite tries, in the order of the table in docs/reliability.md. Bars are for default options. */
export const ROWS = {
  'broken-queue': {
    fault: 'a queue that is broken on purpose: a BRPOP consumer under random SIGKILL',
    bar: 'the suite sees lost jobs, else it is blind',
  },
  'worker-killed': {
    fault: 'workers killed by SIGKILL at random, again and again',
    bar: 'nothing lost, nothing twice; jobs are taken back within 41 s',
  },
  zombie: {
    fault: 'a worker stopped for longer than its lease, then continued',
    bar: 'its outcomes are refused, its handlers aborted; it works on under a new id',
  },
  'blocked-loop': {
    fault: 'a handler that blocks the event loop for 8 s, with a lease of 5 s',
    bar: 'each job runs once',
  },
  'bad-handlers': {
    fault: 'handlers that never settle, throw, or reject with something that is no error',
    bar: 'tried again, then dead with a reason that says something; the slot is free again',
  },
  culprits: {
    fault: 'jobs that take their process down: an error in a timer, process.exit, an abort, an OOM kill',
    bar: 'the culprit is dead by its own solo runs, with the evidence; no neighbour is',
  },
  'drained-worker': {
    fault: 'SIGTERM with jobs in flight; jobs longer than the grace; SIGKILL during the drain',
    bar: 'exit 0 in time; the rest starts elsewhere within 1 s, no attempt used',
  },
  'redis-away': {
    fault: 'Redis killed, stopped or frozen for 1 s and 15 s, workers busy and idle',
    bar: 'nothing lost, finished jobs re-run: 0; workers are back within 3 s',
  },
  connections: {
    fault: 'connections killed, reset, slow by 300 ms, half-open, and replies lost',
    bar: 'nothing lost; half-open: back within 12 s; lost replies: no gap of 2 s',
  },
  partition: {
    fault: 'a network partition that heals after the lease is over',
    bar: 'finished jobs re-run: 0',
  },
  'script-flush': {
    fault: 'SCRIPT FLUSH in a loop',
    bar: 'nobody notices: nothing refused, nothing twice',
  },
  'full-memory': {
    fault: 'Redis without memory (noeviction)',
    bar: 'enqueue is refused with a typed error; the backlog keeps draining',
  },
  'full-disk': {
    fault: 'Redis without disk (MISCONF)',
    bar: 'enqueue is refused with a typed error; it recovers by itself, finished jobs re-run: 0',
  },
  'no-writes': {
    fault: 'Redis that answers READONLY, MASTERDOWN or LOADING',
    bar: 'no process ends; workers are back within 3 s',
  },
  'wrong-clocks': {
    fault: 'workers whose clocks are 10 minutes early and late',
    bar: 'no job starts early or late, no lease is lost',
  },
  'resent-enqueue': {
    fault: 'an enqueue whose reply was lost, sent again after its job ran and was trimmed',
    bar: 'it runs once',
  },
  'bad-records': {
    fault: 'records that are malformed, missing, or of a version from the future',
    bar: 'dead with the raw bytes, or left for a newer worker; no sweep stops',
  },
  'many-reapers': {
    fault: '20 reapers at once; a reaper killed in its sweep',
    bar: 'each job is recovered once',
  },
  'admin-under-load': {
    fault: 'purge, requeue and pause in a loop, under load, while workers are killed',
    bar: 'one place for each job, every missing one was purged; no script call over 50 ms',
  },
  'paused-queue': {
    fault: 'a paused queue with 1,000 jobs, workers idle',
    bar: 'at most twice the commands of an idle queue',
  },
  'partition-count': {
    fault: 'an app with another partition count',
    bar: 'it refuses to start, touches nothing, and names the procedure',
  },
  sentinel: {
    fault: 'a master under three sentinels killed, and frozen (down-after 2 s)',
    bar: 'workers are back within down-after + 12 s; lost is only what was answered within 1 s of the fault',
  },
  cluster: {
    fault: 'a cluster, 12 partitions: a master killed, four slots moved under load, a master without a replica frozen',
    bar: 'slots: nothing lost, nothing refused, no CROSSSLOT; master: as with sentinels; frozen: the others pause for 7 s at most',
  },
  versions: {
    fault: 'two builds with different record versions on one queue',
    bar: 'both settle; a record that a build cannot read is left to the other, no attempt used',
  },
  soak: {
    fault: 'a soak: faults of all kinds by lot, 200 jobs/s',
    bar: 'the same zeros; memory of workers and number of keys flat over the second half',
  },
} as const satisfies Record<string, Row>;

/** Name of a row. */
export type RowId = keyof typeof ROWS;
