import { Inject, Injectable } from '@nestjs/common';
import { QueueEvents, type RunEvent } from '../events/queue-events.js';
import {
  afterSoloCrash,
  CRASHES_TO_RUN_ALONE,
  describeSoloEnd,
  historyAfterCrash,
  type CrashDecision,
} from '../job/crash-policy.js';
import { decodeHistory, encodeHistoryTail } from '../job/job-history.js';
import { soloWorkerId } from '../job/solo-worker-id.js';
import { PeriodicLoop } from '../maintenance/periodic-loop.js';
import type { QueueOptions, WorkerOptions } from '../queue.options.js';
import { QUEUE_OPTIONS, WORKER_OPTIONS } from '../queue.tokens.js';
import { QueueKeys } from '../redis/queue-keys.js';
import { RedisConnections } from '../redis/redis-connections.js';
import { ScriptRunner } from '../redis/script-runner.js';
import { SoloProcess, type SoloReport } from './solo-process.js';
import type { SoloRequest } from './solo-request.js';
import { StillRunning } from './still-running.js';
import { newWorkerId } from './worker-id.js';

/** Of each queue so many quarantined jobs are looked at; one of them is taken by lot, so that workers seldom take the same. */
const CANDIDATES = 8;
/** After a process that ended without a claim, ms: the job was taken by another worker, or the program cannot start. */
const AFTER_NOTHING_MS = 1_000;
const AFTER_NOTHING_MOST_MS = 60_000;
/** After a failed call, ms. */
const PAUSE_MS = 200;

/**
 * Runs quarantined jobs, one after the other, each alone in a fresh process (rules 18 to 22), and says how those ended that
 * did not settle. Jobs are looked for four times a lease, when a reaper of this process has quarantined one, and after each run.
 */
@Injectable()
export class SoloRunner {
  private current: SoloProcess | undefined;
  private busy: Promise<void> | undefined;
  private isStopped = true;
  private failures = 0;
  private notBeforeMs = 0;
  private readonly loop: PeriodicLoop;

  constructor(
    private readonly runner: ScriptRunner,
    private readonly connections: RedisConnections,
    private readonly events: QueueEvents,
    private readonly stillRunning: StillRunning,
    @Inject(QUEUE_OPTIONS) private readonly queueOptions: QueueOptions,
    @Inject(WORKER_OPTIONS) private readonly options: WorkerOptions,
  ) {
    const tell = (error: unknown): void => events.emit('loop.failed', { loop: 'quarantine', error });
    this.loop = new PeriodicLoop(options.heartbeatTtlMs / 4, () => this.work(), tell);
  }

  /** Does nothing in a worker without `solo`: it cannot run a job alone. */
  start(): void {
    if (!this.options.solo || !this.isStopped) return;
    this.isStopped = false;
    this.loop.start();
    this.events.on('job.recovered', ({ crashes }) => {
      if (crashes >= CRASHES_TO_RUN_ALONE) this.workSoon();
    });
  }

  /**
   * Starts no more; a process under way drains. Resolves when it is gone and its end was told. One whose handler keeps it
   * from draining is left behind after `withinMs`: it goes on, or its lease runs out.
   */
  async stop(withinMs: number): Promise<void> {
    this.isStopped = true;
    this.loop.stop();
    this.current?.terminate();
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<void>((resolve) => (timer = setTimeout(resolve, withinMs)));
    await Promise.race([this.busy, timeUp]);
    clearTimeout(timer);
  }

  /** During a drain: the process under way gives its job back at once. */
  hurry(): void {
    this.current?.terminate();
  }

  private workSoon(): void {
    void this.work().catch((error: unknown) => this.events.emit('loop.failed', { loop: 'quarantine', error }));
  }

  /** One at a time: whoever asks meanwhile has been heard. */
  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = this.runAll().finally(() => (this.busy = undefined));
    await this.busy;
  }

  private async runAll(): Promise<void> {
    while (!this.isStopped && performance.now() >= this.notBeforeMs) {
      const request = await this.next();
      if (!request || this.isStopped || !(await this.run(request))) return;
    }
  }

  private async next(): Promise<SoloRequest | undefined> {
    const { priorities } = this.options;
    for (let partition = 0; partition < this.queueOptions.partitions; partition++) {
      const keys = this.keysOf(partition);
      const places = [keys.paused, keys.control, keys.jobs, ...priorities.map((queue) => keys.quarantine(queue))];
      const found = (await this.runner.run('read-quarantine', places, [
        String(CANDIDATES),
        ...priorities,
      ])) as string[][];
      for (const [at, queue] of priorities.entries()) {
        const ids = (found[at] ?? []).filter((id) => !this.stillRunning.has(id));
        const jobId = ids[Math.floor(Math.random() * ids.length)];
        if (jobId !== undefined) return { workerId: soloWorkerId(newWorkerId()), partition, queue, jobId };
      }
    }
    return undefined;
  }

  /** @returns whether there is reason to look for the next one at once. */
  private async run(request: SoloRequest): Promise<boolean> {
    const process = new SoloProcess(request, this.options.solo!, this.events);
    this.current = process;
    const { jobId, workerId } = request;
    this.events.emit('solo.started', { jobId, workerId, pid: process.pid ?? 0 });
    const report = await process.ended;
    this.current = undefined;
    const { exitCode = null, signal = null, lastWords } = report;
    this.events.emit('solo.ended', { jobId, workerId, pid: process.pid ?? 0, exitCode, signal, lastWords });
    const hadJob = await this.conclude(request, report);
    const isWell = hadJob || exitCode === 0 || signal !== null;
    if (!isWell) this.tellThatItCannotStart(jobId, report);
    return this.paceAfter(isWell);
  }

  private tellThatItCannotStart(jobId: string, report: SoloReport): void {
    const how = describeSoloEnd(report, report.lastWords);
    const error = new Error(
      `could not run job "${jobId}" alone, it was not claimed: ${how}; check the option solo.entry`,
    );
    this.events.emit('loop.failed', { loop: 'quarantine', error });
  }

  /** A program that cannot start must not be started in a loop. */
  private paceAfter(isWell: boolean): boolean {
    this.failures = isWell ? 0 : this.failures + 1;
    const waitMs = Math.min(AFTER_NOTHING_MOST_MS, AFTER_NOTHING_MS * 2 ** (this.failures - 1));
    this.notBeforeMs = isWell ? 0 : performance.now() + waitMs;
    return isWell;
  }

  /** Tries until Redis answers: who else could tell how it ended. After a lease without Redis a reaper counts it as unseen. */
  private async conclude(request: SoloRequest, report: SoloReport): Promise<boolean> {
    const end = performance.now() + this.options.heartbeatTtlMs;
    for (;;) {
      try {
        return await this.tellEnd(request, report);
      } catch (error) {
        this.events.emit('loop.failed', { loop: 'quarantine', error });
        if (performance.now() >= end) return true;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
        await this.connections.whenUpWithin(Math.max(1, end - performance.now()));
      }
    }
  }

  /** @returns whether the process held its job when it ended. */
  private async tellEnd({ workerId, partition, queue }: SoloRequest, report: SoloReport): Promise<boolean> {
    const keys = this.keysOf(partition);
    const claims = [keys.processing(workerId), keys.jobs, keys.history];
    const [jobId = '', number = '0', , past = ''] = (await this.runner.run('read-claims', claims, ['1'])) as string[];
    const history = decodeHistory(past);
    const decision = afterSoloCrash(history, report, { maxCrashes: this.options.maxCrashes, canRunAlone: true });
    const entry = {
      atMs: Math.floor(Number(number) / 1_000),
      workerId,
      what: 'solo-crash' as const,
      summary: describeSoloEnd(report, report.lastWords),
    };
    const { workers, dead, deadGroups } = keys;
    const places = [workers, keys.processing(workerId), keys.worker(workerId), keys.cancels(workerId)];
    const answer = await this.runner.run(
      'end-solo',
      [...places, keys.history, dead, deadGroups, keys.quarantine(queue)],
      [workerId, jobId, number, decision.verb, encodeHistoryTail(historyAfterCrash(history, entry, decision))],
    );
    if (answer === 'moved' && jobId) this.tell(decision, jobId, workerId, report.openRun, queue);
    return jobId !== '';
  }

  private tell(
    { verb }: CrashDecision,
    jobId: string,
    workerId: string,
    run: RunEvent | undefined,
    queue: string,
  ): void {
    const event = run ?? { jobId, kind: 'unknown', queue, workerId, attempt: 1 };
    this.events.emit('job.lost', { ...event, cause: 'process-ended' });
    if (verb === 'bury') this.events.emit('job.dead', { ...event, reason: 'worker-lost' });
  }

  private keysOf(partition: number): QueueKeys {
    return new QueueKeys(this.queueOptions.prefix, partition);
  }
}
