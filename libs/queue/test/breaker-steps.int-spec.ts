import { deepStrictEqual, ok } from 'node:assert/strict';
import { openScripts, placeFaults, placesOf, PlantedJobs, type ScriptAccess, useRedis } from '@app/testing';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { decodeBreakers, type StoredBreaker } from '../src/job/breaker-text.js';
import { resolveWorkerOptions } from '../src/queue.options.js';
import { BreakerCalls } from '../src/worker/breaker-calls.js';
import type { Claim, Settlement } from '../src/worker/claim.js';
import { LOST, WorkerCalls } from '../src/worker/worker-calls.js';
import { forget } from './stored-state.js';

const KINDS = ['a', 'b'] as const;
const QUEUES = ['high', 'low'] as const;
const CIRCUIT_BREAKER = { failureThreshold: 0.5, windowMs: 60_000, cooldownPeriodMs: 30_000, minSamples: 2 };
const RUNS = Number(process.env.QUEUE_MODEL_RUNS ?? 2_000) / 10;

const of = fc.record({ kind: fc.constantFrom(...KINDS), queue: fc.constantFrom(...QUEUES), worker: fc.nat(1) });
type Of = typeof of extends fc.Arbitrary<infer T> ? T : never;
const steps = [
  'enqueue',
  'claim',
  'claim',
  'park',
  'park',
  'release',
  'count',
  'count',
  'probe',
  'probe',
  'verdict',
  'unpark',
  'cool down',
  'forget',
  'pause',
] as const;
type Step = (typeof steps)[number];

interface Held extends Claim {
  readonly kind: string;
  readonly queue: string;
  readonly worker: number;
  /** Of the half-open time it probes; until its end was told. */
  probed?: number;
}

/** One partition, two workers, and what they know of their claims. */
class BreakerRun {
  private readonly planted: PlantedJobs;
  private readonly workers: WorkerCalls[];
  private readonly breakers: BreakerCalls;
  private held: Held[] = [];
  private count = 0;

  constructor(
    private readonly redis: ReturnType<typeof useRedis>['redis'],
    private readonly prefix: string,
    { runner, options }: ScriptAccess,
  ) {
    this.planted = new PlantedJobs(redis, prefix);
    const workerOptions = resolveWorkerOptions({ circuitBreaker: CIRCUIT_BREAKER }, QUEUES);
    this.workers = ['w1', 'w2'].map((id) => new WorkerCalls(id, this.planted.keys, runner, options, workerOptions));
    this.breakers = new BreakerCalls(this.planted.keys, runner, options, workerOptions);
  }

  async register(): Promise<void> {
    for (const worker of this.workers) ok(await worker.register({}));
  }

  async step(step: Step, { kind, queue, worker }: Of): Promise<void> {
    switch (step) {
      case 'enqueue':
        return this.planted.ready(`job-${++this.count}`, { kind, queue });
      case 'claim':
        return this.claim(worker);
      case 'park':
        return this.settle('park', worker);
      case 'release':
        return this.settle('release', worker);
      case 'count':
        await this.breakers.count([{ kind, attempts: 2, failures: worker, probed: 0 }]);
        return;
      case 'probe':
        return this.probe(kind, worker);
      case 'verdict':
        return this.verdict(worker);
      case 'unpark':
        await this.breakers.unpark(queue, kind);
        return;
      case 'cool down':
        return this.elapse(CIRCUIT_BREAKER.cooldownPeriodMs);
      case 'forget':
        return this.elapse(CIRCUIT_BREAKER.windowMs);
      case 'pause':
        await (worker
          ? this.redis.hset(this.planted.keys.paused, queue, '{}')
          : this.redis.del(this.planted.keys.paused));
    }
  }

  /** What must hold after every step. */
  async check(): Promise<void> {
    const places = await placesOf(this.redis, this.prefix, 1);
    deepStrictEqual(await placeFaults(this.redis, this.prefix, places), [], 'each job in exactly one place');
    const stored = await this.stored();
    for (const [name, ids] of places[0]!.containers) {
      const [room, queue, kind] = name.split(':');
      const isNamed = stored.some((one) => one.kind === kind && one.queues.includes(queue!));
      if (room === 'parked' && ids.length > 0) ok(isNamed, `somebody knows of ${name}`);
    }
    for (const kind of KINDS) {
      const probes = this.held.filter((one) => one.kind === kind && one.probed !== undefined);
      ok(probes.length <= 1, `one probe of ${kind} at a time`);
    }
  }

  /** Whatever happened: with time and workers that go on, every parked job goes back. */
  async settleDown(): Promise<void> {
    await this.redis.del(this.planted.keys.paused);
    for (const worker of [0, 1])
      while (this.held.some((one) => one.worker === worker)) await this.settle('release', worker);
    for (let round = 0; round < 50 && (await this.stored()).length > 0; round++) {
      await this.elapse(CIRCUIT_BREAKER.windowMs);
      for (const kind of KINDS) {
        await this.probe(kind, 0);
        await this.verdict(0, 0);
        for (const queue of QUEUES) await this.breakers.unpark(queue, kind);
      }
      await this.settle('release', 0);
    }
    deepStrictEqual(await this.stored(), [], 'all breakers are closed and nothing is parked');
    await this.check();
  }

  private async claim(worker: number): Promise<void> {
    const reply = await this.workers[worker]!.advance([], 2, 0.5);
    if (reply === LOST) throw new Error('the worker is lost');
    for (const job of reply.jobs) this.admit(job, worker);
  }

  private admit({ jobId, number, record }: { jobId: string; number: number; record: string }, worker: number): Held {
    const [, , queue = '', kind = ''] = record.split(/[ \n]/, 4);
    const held: Held = { jobId, number, kind, queue, worker, phase: 'unconfirmed', sends: 1, confirmation: 0 };
    this.held.push(held);
    return held;
  }

  /** The oldest claim of a worker ends so. */
  private async settle(verb: 'park' | 'release', worker: number): Promise<void> {
    const claim = this.held.find((one) => one.worker === worker);
    if (!claim) return;
    const queue = QUEUES.indexOf(claim.queue as 'low') + 1;
    const settlement: Settlement = verb === 'park' ? { verb, queue, kind: claim.kind } : { verb, queue };
    const reply = await this.workers[worker]![verb]([{ ...claim, settlement }]);
    if (reply === LOST) throw new Error('the worker is lost');
    ok(reply.gone.size === 0, 'the claim is held');
    this.held = this.held.filter((one) => one !== claim);
  }

  private async probe(kind: string, worker: number): Promise<void> {
    const breaker = (await this.stored()).find((one) => one.kind === kind);
    const reply = breaker && (await this.workers[worker]!.claimProbe(breaker, true));
    if (reply === LOST) throw new Error('the worker is lost');
    if (reply?.job)
      this.admit(reply.job, worker).probed = decodeBreakers(reply.breakers).find((one) => one.kind === kind)!.number;
  }

  /** The end of a probe is told; its claim may be settled later. */
  private async verdict(worker: number, failures = this.count % 2): Promise<void> {
    const probe = this.held.find((one) => one.worker === worker && one.probed !== undefined);
    if (!probe) return;
    await this.breakers.count([{ kind: probe.kind, attempts: 1, failures, probed: probe.probed! }]);
    probe.probed = undefined;
  }

  private async stored(): Promise<StoredBreaker[]> {
    return decodeBreakers((await this.redis.hget(this.planted.keys.control, 'breakers')) ?? '');
  }

  private async elapse(ms: number): Promise<void> {
    const text = (await this.redis.hget(this.planted.keys.control, 'breakers')) ?? '';
    const back = (_: string, head: string, atMs: string) => `${head} ${Number(atMs) - ms}`;
    if (text)
      await this.redis.hset(this.planted.keys.control, 'breakers', text.replaceAll(/^(\S+ \S+ \d+) (\d+)/gm, back));
  }
}

describe('the scripts of the breakers', () => {
  const test = useRedis({ appendfsync: 'no' });

  it(
    'keep each job in one place, each parked one known, one probe at a time, and give all back, whatever happens',
    async () => {
      const scripts = await openScripts(test, { names: QUEUES });
      let count = 0;
      const sequences = fc.noBias(
        fc.array(fc.tuple(fc.constantFrom(...steps), of), { minLength: 1, maxLength: 60, size: 'max' }),
      );
      const holds = fc.asyncProperty(sequences, async (sequence) => {
        const prefix = `${test.prefix()}-${count++}`;
        const run = new BreakerRun(test.redis, prefix, scripts);
        try {
          await run.register();
          for (const [step, given] of sequence) {
            await run.step(step, given);
            await run.check();
          }
          await run.settleDown();
        } finally {
          await forget(test.redis, prefix);
        }
      });

      await fc.assert(holds, { numRuns: RUNS }).finally(() => scripts.close());
    },
    60_000 + RUNS * 1_000,
  );
});
