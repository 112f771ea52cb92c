import { openScripts, useRedis } from '@app/testing';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { resolveWorkerOptions } from '../src/queue.options.js';
import { ModelRun } from './model-run.js';
import { LEASE_MS, QUEUES, type Pick, type Step } from './model-steps.js';
import { LIMITS } from './queue-model.js';
import { forget } from './stored-state.js';

const at = fc.nat(2);
const worker = fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 1, 2, 4);
const queue = fc.nat(1);
const verb = fc.constantFrom('front', 'alone', 'alone', 'retry', 'bury');
const pick: fc.Arbitrary<Pick> = fc.record({
  job: fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 5),
  older: fc.constantFrom(0, 0, 0, 1, 1, 2),
});
const picks = fc.array(pick, { minLength: 1, maxLength: 3 });
const mostly = fc.nat(7).map((number) => number > 0);

/** A number once in so many times, else nothing. */
const onceIn = (times: number, arbitrary: fc.Arbitrary<number>) =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const newJob = fc.record({
  queue,
  delayMs: fc.constantFrom(0, 0, 0, 0, 30_000, 300_000),
  again: onceIn(6, fc.nat(6)),
  unique: onceIn(4, fc.nat(2)),
});

/** A step with these fields, each drawn at random. */
function step<Do extends Step['do']>(name: Do, fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Step> {
  return fc.record({ do: fc.constant(name), ...fields }) as unknown as fc.Arbitrary<Step>;
}

const weighted: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<Step>])[] = [
  [
    9,
    step('enqueue', {
      jobs: fc.array(newJob, { minLength: 1, maxLength: 3 }),
      skip: fc.constantFrom(1, 1, 16),
      arrives: mostly,
    }),
  ],
  [1, step('resend', { at, batch: fc.nat(6) })],
  [2, step('join', { at })],
  [1, step('leave', { at, worker })],
  [1, step('heartbeat', { at, worker })],
  [
    14,
    step('advance', {
      at,
      worker,
      wanted: fc.constantFrom(0, 1, 2, 2, 3, 3),
      acks: fc.array(pick, { maxLength: 3 }),
      arrives: mostly,
    }),
  ],
  [6, step('fail', { at, worker, end: fc.constantFrom('error', 'unrecoverable', 'snooze'), picks })],
  [5, step('release', { at, worker, picks })],
  [2, step('sync', { at, worker, picks: fc.array(pick, { maxLength: 3 }) })],
  [1, step('sweep', { at })],
  [1, step('read-claims', { at, worker })],
  [2, step('reap', { at, read: fc.nat(2), verb })],
  [3, step('recover', { at, verb })],
  [5, step('solo', { at, old: fc.nat(4).map((number) => number === 0), job: fc.nat(2) })],
  [3, step('end-solo', { at, back: fc.constantFrom(0, 0, 0, 1), verb: fc.constantFrom('alone', 'alone', 'bury') })],
  [2, step('expire', { at, renewing: fc.nat(1) })],
  [3, step('die', { at })],
  [4, step('requeue-dead', { at, picks })],
  [1, step('purge-dead', { at, picks })],
  [1, step('pause', { at, queue })],
  [2, step('resume', { at, queue })],
  [2, step('take-wake', { at, queue })],
  [1, step('take-timer', { at, queue })],
  [4, step('clock', { ms: fc.constantFrom(40_000, 400_000) })],
];

/** A sequence of steps, all of them possible in any state. */
const sequences: fc.Arbitrary<Step[]> = fc.noBias(
  fc.array(fc.oneof(...weighted.map(([weight, arbitrary]) => ({ weight, arbitrary }))), {
    minLength: 1,
    maxLength: 80,
    size: 'max',
  }),
);

/** Sequences, a quarter of them over three partitions; a long run sets more. */
const RUNS = Number(process.env.QUEUE_MODEL_RUNS ?? 2_000);

const { keepCount, maxRetries, ...limits } = LIMITS;
const QUEUE_OPTIONS = { names: QUEUES, completed: { keepCount }, ...limits };
const BACKOFF = { baseMs: 60_000, maxMs: 600_000 };
const WORKER_OPTIONS = { heartbeatTtlMs: LEASE_MS, maxRetries, backoff: BACKOFF, solo: { entry: 'not started here' } };

describe.each([
  { partitions: 1, priorityMode: 'strict', runs: Math.ceil((RUNS * 3) / 4) },
  { partitions: 3, priorityMode: 'weighted', runs: Math.ceil(RUNS / 4) },
] as const)('the scripts over $partitions partitions', ({ partitions, priorityMode, runs }) => {
  const test = useRedis({ appendfsync: 'no' });

  it(
    'hold what the model says, each job in one place, after every step of any sequence',
    async () => {
      const scripts = await openScripts(test, { partitions, ...QUEUE_OPTIONS });
      const workerOptions = resolveWorkerOptions({ priorityMode, ...WORKER_OPTIONS }, QUEUES);
      const parts = { client: test.redis, runner: scripts.runner, options: scripts.options, workerOptions };
      let count = 0;

      const holds = fc.asyncProperty(sequences, async (steps) => {
        const prefix = `${test.prefix()}-${count++}`;
        try {
          await new ModelRun(prefix, parts).run(steps);
        } finally {
          await forget(test.redis, prefix);
        }
      });

      await fc.assert(holds, { numRuns: runs }).finally(() => scripts.close());
    },
    60_000 + RUNS * 100,
  );
});
