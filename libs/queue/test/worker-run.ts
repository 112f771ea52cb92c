import { deepStrictEqual, equal, ok } from 'node:assert/strict';
import { decodeRecord } from '../src/job/job-codec.js';
import { decodeHistory, encodeHistoryTail } from '../src/job/job-history.js';
import { isSoloWorkerId, soloWorkerId } from '../src/job/solo-worker-id.js';
import type { QueueOptions, WorkerOptions } from '../src/queue.options.js';
import type { QueueKeys } from '../src/redis/queue-keys.js';
import type { ScriptConnection } from '../src/redis/redis-connections.js';
import type { ScriptRunner } from '../src/redis/script-runner.js';
import { planClaim } from '../src/worker/claim-plan.js';
import type { Claim, ClaimedJob } from '../src/worker/claim.js';
import { failedBy, settlementFor, type Outcome } from '../src/worker/outcome.js';
import { LOST, WorkerCalls } from '../src/worker/worker-calls.js';
import { QUEUES, type End, type Pick } from './model-steps.js';
import { fromEnd, inFront, named, picked } from './picks.js';
import type { QueueModel } from './queue-model.js';
import type { TokenWatch } from './token-watch.js';

/** What the scripts are reached through. */
export interface ModelParts {
  readonly client: ScriptConnection['client'];
  readonly runner: ScriptRunner;
  readonly options: QueueOptions;
  readonly workerOptions: WorkerOptions;
}

/** How each end of a handler is told to the code that decides what becomes of the job. */
const OUTCOMES: Readonly<Record<End | 'ack' | 'release', Outcome>> = {
  ack: { type: 'completed', result: 'done' },
  error: failedBy('error', new Error('model')),
  unrecoverable: failedBy('unrecoverable', new Error('model')),
  snooze: { type: 'snoozed', reason: 'handler', delayMs: 30_000 },
  release: { type: 'released' },
};

/** The lot of a weighted claim, and of a backoff. */
const RANDOM = 0.5;

interface ModelWorker {
  readonly calls: WorkerCalls;
  /** All it ever claimed and knows of. */
  readonly claims: ClaimedJob[];
}

/** The workers of one partition: each step is a real call, and the model must give the same answer. */
export class WorkerRun {
  /** Whose lease was made or renewed by the last step. */
  renewed: string | undefined;
  private readonly workers: ModelWorker[] = [];
  private lastNumber = 0;

  constructor(
    private readonly keys: QueueKeys,
    private readonly parts: ModelParts,
    private readonly model: QueueModel,
    private readonly watch: TokenWatch,
  ) {}

  async join(): Promise<void> {
    await this.add(`w${this.workers.length}`);
  }

  /** A process that is started for one quarantined job, or an old one of them that asks for another. */
  async solo(isOld: boolean, next: number): Promise<void> {
    const old = isOld ? this.workers.findLast(({ calls }) => isSoloWorkerId(calls.workerId)) : undefined;
    const waiting = QUEUES.flatMap((queue) => this.model.quarantine.of(queue).toReversed());
    const jobId = waiting[next % Math.max(1, waiting.length)];
    if (jobId === undefined) return;
    const { calls, claims } = old ?? (await this.add(soloWorkerId(`w${this.workers.length}`)));
    const answer = await calls.claimQuarantined(this.model.jobs.get(jobId)?.queue ?? '', jobId);
    if (this.isLost(calls, answer)) return;
    equal(answer !== undefined, this.model.takeAlone(calls.workerId, jobId), `${calls.workerId} gets ${jobId}`);
    if (!answer) return;
    this.admit(calls.workerId, answer);
    claims.push(answer);
  }

  /** A worker tells the end of a process that it started. */
  async endSolo(back: number, verb: 'alone' | 'bury'): Promise<void> {
    const solos = this.workers.filter(({ calls }) => isSoloWorkerId(calls.workerId));
    const { calls, claims } = fromEnd(solos, back) ?? {};
    if (!calls || !claims) return;
    const { workerId } = calls;
    const claim = claims.at(-1);
    const past = decodeHistory(claim?.history);
    const crashed = { ...past, crashes: (claim ? (this.model.jobs.get(claim.jobId)?.crashes ?? 0) : 0) + 1 };
    const tail = encodeHistoryTail({ ...crashed, ...(verb === 'bury' ? { reason: 'worker-lost' } : {}) });
    const { keys } = this;
    const answer = await this.parts.runner.run(
      'end-solo',
      [
        keys.workers,
        keys.processing(workerId),
        keys.worker(workerId),
        keys.cancels(workerId),
        keys.history,
        keys.dead,
        keys.deadGroups,
        keys.quarantine(this.model.jobs.get(claim?.jobId ?? '')?.queue ?? 'low'),
      ],
      [workerId, claim?.jobId ?? '', String(claim?.number ?? 0), verb, tail],
    );
    if (this.isLost(calls, answer)) return;
    const diedAtMs = Number(await this.parts.client.zscore(keys.dead, claim?.jobId ?? ''));
    equal(answer === 'moved', this.model.endSolo(workerId, claim, verb, diedAtMs), `${workerId} held its job`);
    this.watch.ended(workerId);
  }

  private async add(workerId: string): Promise<ModelWorker> {
    const { runner, options, workerOptions } = this.parts;
    const calls = new WorkerCalls(workerId, this.keys, runner, options, workerOptions);
    ok(await calls.register({ host: 'model' }));
    const worker = { calls, claims: [] };
    this.workers.push(worker);
    this.model.register(workerId);
    this.renewed = workerId;
    return worker;
  }

  async leave(back: number): Promise<void> {
    const { calls } = this.worker(back);
    const answer = await calls.leave();
    if (this.isLost(calls, answer)) return;
    deepStrictEqual(answer, this.model.leave(calls.workerId));
    this.watch.left(calls.workerId);
  }

  async heartbeat(back: number): Promise<void> {
    const { calls } = this.worker(back);
    if (!this.isLost(calls, await calls.heartbeat())) this.renewed = calls.workerId;
  }

  /** When its reply does not arrive, the worker knows nothing of its claims until a sync. */
  async advance(back: number, picks: readonly Pick[], wanted: number, arrives: boolean): Promise<void> {
    const { calls, claims } = this.worker(back);
    const acks = this.settled(calls, claims, picks, 'ack');
    if (isSoloWorkerId(calls.workerId)) wanted = 0;
    const answer = await calls.advance(acks, wanted, RANDOM);
    if (this.isLost(calls, answer)) return;
    const { nowMs, nextDueMs, gone, jobs } = answer;
    deepStrictEqual(named(gone), named(this.model.ack(calls.workerId, acks)), 'acks refused');
    equal(nextDueMs, this.model.promote(nowMs));
    const expected = this.model.take(planClaim(wanted, this.parts.workerOptions, RANDOM), wanted);
    deepStrictEqual(
      jobs.map(({ jobId }) => jobId),
      expected,
      'jobs claimed',
    );
    for (const job of jobs) this.admit(calls.workerId, job);
    if (arrives) claims.push(...jobs);
    this.watch.advanced(calls.workerId, jobs.length < wanted, nextDueMs);
  }

  async fail(back: number, picks: readonly Pick[], end: End): Promise<void> {
    const { calls, claims } = this.worker(back);
    const ended = this.settled(calls, claims, picks, end);
    const answer = await calls.fail(ended);
    if (this.isLost(calls, answer)) return;
    const refused = this.model.fail(calls.workerId, ended, end, delayOf, answer.nowMs);
    deepStrictEqual(named(answer.gone), named(refused), 'ends refused');
  }

  async release(back: number, picks: readonly Pick[]): Promise<void> {
    const { calls, claims } = this.worker(back);
    const given = this.settled(calls, claims, picks, 'release');
    const answer = await calls.release(given);
    if (this.isLost(calls, answer)) return;
    deepStrictEqual(named(answer.gone), named(this.model.release(calls.workerId, given)), 'releases refused');
  }

  async sync(back: number, picks: readonly Pick[]): Promise<void> {
    const { calls, claims } = this.worker(back);
    const known = this.settled(calls, claims, picks, 'ack');
    const answer = await calls.sync(known);
    if (this.isLost(calls, answer)) return;
    deepStrictEqual(named(answer), named(this.model.sync(calls.workerId, known)), 'claims unknown');
    claims.push(...answer.filter(({ jobId, number }) => !claims.some((c) => c.jobId === jobId && c.number === number)));
  }

  /** Registered ones come first: most steps are those of a healthy worker. */
  private worker(back: number): ModelWorker {
    const isRegistered = ({ calls }: ModelWorker) => this.model.workers.has(calls.workerId);
    return fromEnd(inFront(this.workers, isRegistered), back) as ModelWorker;
  }

  private isLost<Answer>(calls: WorkerCalls, answer: Answer | typeof LOST): answer is typeof LOST {
    equal(answer === LOST, !this.model.workers.has(calls.workerId), `${calls.workerId} is lost`);
    return answer === LOST;
  }

  private admit(workerId: string, { jobId, number, record }: ClaimedJob): void {
    ok(number > this.lastNumber, 'claim numbers only grow');
    equal(decodeRecord(jobId, record).queue, this.model.jobs.get(jobId)?.queue);
    this.lastNumber = number;
    this.model.hold(workerId, { jobId, number });
  }

  private settled(
    { workerId }: WorkerCalls,
    claims: readonly ClaimedJob[],
    picks: readonly Pick[],
    end: keyof typeof OUTCOMES,
  ): Claim[] {
    const isCurrent = (claim: ClaimedJob) => this.model.isCurrent(workerId, claim);
    return picked(inFront(claims, isCurrent), picks, ({ jobId }) => jobId).map(({ jobId, number, record, history }) => {
      const job = decodeRecord(jobId, record);
      const past = decodeHistory(history);
      const queue = QUEUES.indexOf(job.queue) + 1;
      const run = { job, history: past, workerId, queue, durationMs: 1, nowMs: job.createdAtMs };
      const { settlement } = settlementFor(OUTCOMES[end], run, this.parts.workerOptions, RANDOM);
      return { jobId, number, phase: 'unconfirmed', sends: 1, confirmation: 0, settlement };
    });
  }
}

function delayOf({ settlement }: Claim): number {
  return settlement && 'delayMs' in settlement ? settlement.delayMs : 0;
}
