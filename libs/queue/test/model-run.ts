import { ok } from 'node:assert/strict';
import { partitionOf, QueueKeys } from '../src/redis/queue-keys.js';
import { checkState } from './state-checks.js';
import { LEASE_MS, QUEUES, type NewJobStep, type Step } from './model-steps.js';
import { PartitionRun } from './partition-run.js';
import { fromEnd } from './picks.js';
import type { SentJob } from './queue-model.js';
import { elapse, look } from './stored-state.js';
import type { ModelParts } from './worker-run.js';

/** One sequence on the real scripts, under a prefix of its own. After every step all partitions are compared with their models. */
export class ModelRun {
  private readonly partitions: readonly PartitionRun[];
  private readonly sent: SentJob[] = [];
  private lookedAtMs = 0;

  constructor(
    private readonly prefix: string,
    private readonly parts: ModelParts,
  ) {
    const { partitions } = parts.options;
    this.partitions = Array.from({ length: partitions }, (_, at) => new PartitionRun(new QueueKeys(prefix, at), parts));
  }

  /** @throws {AssertionError} at the first step after which Redis and model differ. */
  async run(steps: readonly Step[]): Promise<void> {
    for (const partition of this.partitions)
      for (let count = 0; count < 2; count++) await this.checked(() => partition.workers.join());
    for (const step of steps) await this.step(step);
  }

  private async step(step: Step): Promise<void> {
    for (const single of singleSteps(step)) await this.checked(() => this.perform(single));
  }

  private perform(step: SingleStep): Promise<void> {
    if (step.do === 'clock') return this.elapse(step.ms);
    if (step.do === 'enqueue')
      return this.enqueue(
        step.jobs.map((job) => this.jobOf(job)),
        step.skip,
        step.arrives,
      );
    const partition = this.partitions[step.at % this.partitions.length] as PartitionRun;
    switch (step.do) {
      case 'resend':
        return partition.resend(step.batch);
      case 'join':
        return partition.workers.join();
      case 'leave':
        return partition.workers.leave(step.worker);
      case 'heartbeat':
        return partition.workers.heartbeat(step.worker);
      case 'advance':
        return partition.workers.advance(step.worker, step.acks, step.wanted, step.arrives);
      case 'fail':
        return partition.workers.fail(step.worker, step.picks, step.end);
      case 'release':
        return partition.workers.release(step.worker, step.picks);
      case 'sync':
        return partition.workers.sync(step.worker, step.picks);
      case 'sweep':
        return partition.sweep();
      case 'read-claims':
        return partition.readClaims(step.worker);
      case 'reap':
        return partition.reap(step.read, step.verb);
      case 'solo':
        return partition.workers.solo(step.old, step.job);
      case 'end-solo':
        return partition.workers.endSolo(step.back, step.verb);
      case 'requeue-dead':
        return partition.requeueDead(step.picks);
      case 'purge-dead':
        return partition.purgeDead(step.picks);
      case 'pause':
        return partition.pause(queueAt(step.queue));
      case 'resume':
        return partition.resume(queueAt(step.queue));
      case 'take-wake':
        return partition.takeToken('wake', queueAt(step.queue));
      case 'take-timer':
        return partition.takeToken('timer', queueAt(step.queue));
    }
  }

  private async enqueue(jobs: readonly SentJob[], skip: number, arrives: boolean): Promise<void> {
    for (const [at, partition] of this.partitions.entries()) {
      const batch = jobs.filter(({ id, uniqueKey }) => partitionOf(uniqueKey ?? id, this.partitions.length) === at);
      if (batch.length > 0) await partition.enqueue(batch, skip, arrives);
    }
  }

  private jobOf({ queue, delayMs, again, unique }: NewJobStep): SentJob {
    const earlier = again === undefined ? undefined : fromEnd(this.sent, again);
    const uniqueKey = unique === undefined ? undefined : `u${unique}`;
    const job = earlier ?? { id: `j${this.sent.length}`, queue: queueAt(queue), delayMs, uniqueKey };
    if (!earlier) this.sent.push(job);
    return job;
  }

  private async elapse(ms: number): Promise<void> {
    await elapse(this.parts.client, this.prefix, ms);
    for (const { model, watch } of this.partitions) {
      model.elapse(ms);
      watch.elapse(ms);
    }
  }

  private async checked(act: () => Promise<void>): Promise<void> {
    await act();
    const { nowMs, states, tokens } = await look(this.parts.client, this.prefix, this.partitions.length);
    for (const [at, partition] of this.partitions.entries()) {
      const state = states[at] ?? {};
      this.adoptLease(partition, (state.workers ?? {}) as Record<string, number>, nowMs);
      checkState(state, partition.model, nowMs);
      partition.watch.check(tokens[at] ?? new Set(), partition.model);
      partition.remember();
    }
    this.lookedAtMs = nowMs;
  }

  /** Only Redis knows the deadline of a new lease to the millisecond: it must lie between two looks, one lease later. */
  private adoptLease({ model, workers }: PartitionRun, deadlines: Record<string, number>, nowMs: number): void {
    const { renewed } = workers;
    if (renewed === undefined) return;
    workers.renewed = undefined;
    const deadline = deadlines[renewed] ?? 0;
    ok(deadline >= this.lookedAtMs + LEASE_MS && deadline <= nowMs + LEASE_MS, `lease of ${renewed}: ${deadline}`);
    model.workers.set(renewed, deadline);
  }
}

type SingleStep = Exclude<Step, { do: 'expire' | 'recover' | 'die' }>;

/** Chances of some chains are too small to be left to chance: the end of a lease, what a reaper does then, a death. */
function singleSteps(step: Step): SingleStep[] {
  if (step.do === 'recover') {
    const { at, verb } = step;
    return [
      { do: 'read-claims', at, worker: 0 },
      { do: 'reap', at, read: 0, verb },
    ];
  }
  if (step.do === 'die') {
    const by = { at: step.at, worker: 0 };
    return [
      { do: 'advance', ...by, wanted: 1, acks: [], arrives: true },
      { do: 'fail', ...by, end: 'unrecoverable', picks: [{ job: 0, older: 0 }] },
    ];
  }
  if (step.do !== 'expire') return [step];
  const { at, renewing } = step;
  const third: SingleStep[] = [
    { do: 'clock', ms: LEASE_MS / 3 + 1 },
    { do: 'heartbeat', at, worker: renewing },
    { do: 'sweep', at },
  ];
  return [{ do: 'sweep', at }, ...third, ...third, ...third, { do: 'join', at }];
}

function queueAt(index: number): string {
  return QUEUES[index] as string;
}
