import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { benchRecordTail } from '../job/bench-job.js';
import type { QueueOptions } from '../queue.options.js';
import { partitionOf, type QueueKeys } from '../redis/queue-keys.js';
import type { RedisConnections } from '../redis/redis-connections.js';
import type { ScriptRunner } from '../redis/script-runner.js';
import { BenchTimes } from './bench-figures.js';
import { BenchAnswers } from './bench-answers.js';
import type { BenchControl, BenchEnd, BenchProgress, BenchRequest, BenchResult } from './bench.js';
import { keysOfAll } from './partitions.js';
import { slicesOf } from './reply.js';

/** Most jobs of a benchmark that wait at once: so many trivial jobs a job of somebody else may find ahead of it. */
const MOST_WAITING = 1_000;
const CALLS_IN_FLIGHT = 4;
/** Jobs and bytes of one enqueue call. */
const JOBS_A_CALL = 100;
const BYTES_A_CALL = 65_536;
/** How often the pace is looked at, ms. */
const TICK_MS = 1;
const WITHDRAWN_A_CALL = 100;
/** Ids of a list looked at to take one job back. */
const WITHDRAW_DEPTH = 1_000;

/** What a run works with. */
export interface BenchParts {
  readonly runner: ScriptRunner;
  readonly connections: RedisConnections;
  readonly options: QueueOptions;
}

/** One benchmark: enqueues at its pace, collects the answers, takes back what is left. */
export class BenchRun {
  private readonly runId = randomBytes(8).toString('hex');
  private readonly partitions: readonly QueueKeys[];
  private readonly times: BenchTimes;
  private readonly answers: BenchAnswers;
  private readonly recordTail: string;
  private readonly jobsACall: number;
  private readonly startedAt = performance.now();
  private enqueued = 0;
  private callsInFlight = 0;
  private isHeldBack = false;
  private refusal: 'paused' | 'queue-full' | undefined;
  private failure: unknown;

  constructor(
    private readonly parts: BenchParts,
    private readonly request: BenchRequest,
    deadlineMs: number,
    private readonly control: BenchControl,
  ) {
    this.partitions = keysOfAll(parts.options);
    this.times = new BenchTimes(request.count);
    const lists = this.partitions.map((keys) => keys.bench(this.runId));
    this.answers = new BenchAnswers(parts.connections, lists, (text) => this.take(text));
    this.recordTail = benchRecordTail(request.queue, { runId: this.runId, deadlineMs }, request.payloadBytes);
    this.jobsACall = Math.max(1, Math.min(JOBS_A_CALL, Math.floor(BYTES_A_CALL / this.recordTail.length)));
  }

  async complete(): Promise<BenchResult> {
    this.answers.listen();
    let end: BenchEnd | undefined;
    try {
      while (!(end = this.end())) {
        this.enqueueSome();
        await sleep(TICK_MS);
      }
      while (this.callsInFlight > 0) await sleep(TICK_MS);
    } finally {
      this.answers.close();
    }
    const withdrawn = await this.withdraw();
    if (this.failure) throw this.failure;
    return {
      ...this.progress(),
      end,
      figures: end === 'complete' ? this.times.figures() : null,
      isHeldBack: this.isHeldBack,
      withdrawn,
    };
  }

  private end(): BenchEnd | undefined {
    const { count, timeoutMs } = this.request;
    if (this.control.signal?.aborted || this.failure) return 'interrupted';
    if (this.times.answered === count && this.callsInFlight === 0) return 'complete';
    if (this.refusal) return this.refusal;
    return performance.now() - this.startedAt >= timeoutMs ? 'timeout' : undefined;
  }

  /** As many as the pace allows by now, and as few as may wait at once. */
  private enqueueSome(): void {
    const { count, perSecond } = this.request;
    const due = Math.floor(((performance.now() - this.startedAt) / 1_000) * perSecond) + 1;
    const room = MOST_WAITING - (this.enqueued - this.times.answered);
    const wanted = Math.min(due, count) - this.enqueued;
    if (wanted > room) this.isHeldBack = true;
    let left = Math.min(wanted, room);
    while (left > 0 && this.callsInFlight < CALLS_IN_FLIGHT) {
      const jobs = Array.from({ length: Math.min(left, this.jobsACall) }, (_, index) => this.enqueued + index);
      this.enqueued += jobs.length;
      left -= jobs.length;
      for (const [partition, those] of this.byPartition(jobs)) void this.send(partition, those);
    }
    this.control.onProgress?.(this.progress());
  }

  private async send(keys: QueueKeys, jobs: readonly number[]): Promise<void> {
    const { queue } = this.request;
    const { runner, options } = this.parts;
    const args = [queue, String(options.maxLength), this.recordTail, ...jobs.map((job) => this.idOf(job))];
    this.callsInFlight++;
    try {
      const places = [keys.jobs, keys.paused, keys.ready(queue), keys.wake(queue)];
      const [word, micros] = (await runner.run('bench-enqueue', places, args)) as [string, string];
      if (word === 'stored') for (const job of jobs) this.times.enqueue(job, Number(micros));
      else this.refusal = word === 'paused' ? 'paused' : 'queue-full';
    } catch (error) {
      this.failure ??= error;
    } finally {
      this.callsInFlight--;
    }
  }

  /** `<id> <claim number> <done at>`; both times in µs. */
  private take(text: string): void {
    const [id = '', started, done] = text.split(' ');
    const job = Number(id.slice(id.lastIndexOf('-') + 1));
    if (job >= 0 && job < this.times.count) this.times.answer(job, Number(started), Number(done));
  }

  /** Newest first: they lie nearest to the end of the list from which one looks. */
  private async withdraw(): Promise<number> {
    const { queue } = this.request;
    const open = Array.from({ length: this.enqueued }, (_, job) => job).filter((job) => !this.times.isAnswered(job));
    let withdrawn = 0;
    for (const keys of this.partitions) {
      const own = this.byPartition(open.toReversed()).get(keys) ?? [];
      const places = [keys.jobs, keys.history, keys.ready(queue), keys.scheduled(queue), keys.bench(this.runId)];
      for (const jobs of own.length === 0 ? [[]] : slicesOf(own, WITHDRAWN_A_CALL)) {
        const ids = jobs.map((job) => this.idOf(job));
        const call = this.parts.runner.run('bench-withdraw', places, [String(WITHDRAW_DEPTH), ...ids]);
        withdrawn += Number(await call.catch((error: unknown) => this.blame(error)));
      }
    }
    return withdrawn;
  }

  /** Cleaning up may fail too: the deadline does it then, and the first failure is the one to tell. */
  private blame(error: unknown): number {
    this.failure ??= error;
    return 0;
  }

  private byPartition(jobs: readonly number[]): Map<QueueKeys, number[]> {
    const parts = new Map<QueueKeys, number[]>();
    for (const job of jobs) {
      const keys = this.partitions[partitionOf(this.idOf(job), this.partitions.length)]!;
      const own = parts.get(keys);
      if (own) own.push(job);
      else parts.set(keys, [job]);
    }
    return parts;
  }

  private idOf(job: number): string {
    return `bench-${this.runId}-${job}`;
  }

  private progress(): BenchProgress {
    return { enqueued: this.enqueued, done: this.times.answered, count: this.request.count };
  }
}
