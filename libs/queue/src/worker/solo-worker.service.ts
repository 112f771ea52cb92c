import { Inject, Injectable } from '@nestjs/common';
import { JobCancelledError } from '../errors/handler-errors.js';
import { RedisUnavailableError } from '../errors/redis-unavailable.error.js';
import { QueueEvents } from '../events/queue-events.js';
import { PeriodicLoop } from '../maintenance/periodic-loop.js';
import type { QueueOptions, WorkerOptions } from '../queue.options.js';
import { QUEUE_OPTIONS, WORKER_OPTIONS } from '../queue.tokens.js';
import { QueueKeys } from '../redis/queue-keys.js';
import { RedisConnections } from '../redis/redis-connections.js';
import { ScriptRunner } from '../redis/script-runner.js';
import { ClaimLedger } from './claim-ledger.js';
import type { Carrier } from './claim-ledger.js';
import type { Claim, ClaimedJob } from './claim.js';
import { Dispatcher } from './dispatcher.service.js';
import { HeartbeatThread } from './heartbeat-thread.js';
import { ABORT_GRACE_MS } from './job-run.js';
import { RedisClock } from './redis-clock.js';
import { SoloRelay } from './solo-relay.js';
import { forgetSoloRequest, readSoloRequest, type SoloRequest } from './solo-request.js';
import { LOST, WorkerCalls, type SettleReply } from './worker-calls.js';

const PAUSE_MS = 100;
/** How long it is tried to give the job back, ms. */
const LEAVE_MS = 5_000;

/**
 * The whole life of a process that was started for one job (rule 19): takes the worker id it was given, claims that job and
 * nothing else, runs it, has its outcome taken, leaves.
 */
@Injectable()
export class SoloWorker {
  private readonly request: SoloRequest | undefined;
  private readonly ledger = new ClaimLedger();
  private readonly clock = new RedisClock();
  private isLost = false;
  private isDraining = false;
  private isHurried = false;
  private wakeLoop = (): void => {};
  private readonly thread: HeartbeatThread;

  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly connections: RedisConnections,
    private readonly runner: ScriptRunner,
    private readonly events: QueueEvents,
    @Inject(QUEUE_OPTIONS) private readonly queueOptions: QueueOptions,
    @Inject(WORKER_OPTIONS) private readonly options: WorkerOptions,
  ) {
    this.request = readSoloRequest();
    this.thread = new HeartbeatThread(queueOptions, options, events);
  }

  /** Whether this process was started for one job. */
  get isWanted(): boolean {
    return this.request !== undefined;
  }

  /**
   * Runs the job and ends the process: with 0 when nothing is held any more, with 1 when it could not begin. A process that
   * ends in another way has left its claim behind, and its parent tells.
   */
  async runAndExit(facts: Readonly<Record<string, string>>): Promise<void> {
    forgetSoloRequest();
    const relay = new SoloRelay(this.events);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.drain());
    const exitCode = await this.run(this.request!, facts).then(
      () => 0,
      (error: unknown) => {
        this.events.emit('loop.failed', { loop: 'solo', error });
        return 1;
      },
    );
    await relay.flushed();
    process.exit(exitCode);
  }

  /** Lets the handler end, then tells it to stop, then gives the job back. A second call waits for nothing. */
  drain(): void {
    if (this.isDraining) this.isHurried = true;
    this.isDraining = true;
    this.wakeLoop();
  }

  private async run(request: SoloRequest, facts: Readonly<Record<string, string>>): Promise<void> {
    const { workerId, partition, queue, jobId } = request;
    const keys = new QueueKeys(this.queueOptions.prefix, partition);
    const calls = new WorkerCalls(workerId, keys, this.runner, this.queueOptions, this.options);
    await this.connections.whenUpWithin(this.options.heartbeatTtlMs / 2);
    if (!(await calls.register({ ...facts, slots: '1' }))) return;
    const heartbeat = new PeriodicLoop(
      this.options.heartbeatTtlMs / 4,
      () => this.renew(calls),
      (error) => this.events.emit('loop.failed', { loop: 'heartbeat', error }),
    );
    heartbeat.start();
    this.thread.start();
    this.thread.keep([{ partition, workerId }]);
    const claimed = await this.claim(calls, queue, jobId);
    if (claimed) this.begin(workerId, claimed);
    await this.settleAll(calls);
    await this.leave(calls);
    heartbeat.stop();
    this.thread.stop();
  }

  /** A claim whose reply did not come is asked for with `sync`; whatever comes later, `leave` gives it back. */
  private async claim(calls: WorkerCalls, queue: string, jobId: string): Promise<ClaimedJob | undefined> {
    for (let isUnknown = false; !this.isLost && !this.isDraining;) {
      try {
        const found = isUnknown ? await calls.sync([]) : await calls.claimQuarantined(queue, jobId);
        if (found === LOST) this.lose();
        else return Array.isArray(found) ? found[0] : found;
      } catch (error) {
        isUnknown ||= error instanceof RedisUnavailableError && error.fate === 'unknown';
        this.events.emit('loop.failed', { loop: 'claim', error });
        await this.rest();
      }
    }
    return undefined;
  }

  private begin(workerId: string, claimed: ClaimedJob): void {
    const admission = this.ledger.admit(claimed.jobId, claimed.number, 'advance');
    if (typeof admission !== 'object') return;
    this.clock.observe(claimed.claimedAtMs);
    const desk = { workerId, ledger: this.ledger, clock: this.clock, wake: () => this.wakeLoop() };
    this.dispatcher.start(desk, admission.start, claimed, this.isDraining);
  }

  /** Until the job has ended and Redis has answered for it, the lease is lost, or the drain waits no longer. */
  private async settleAll(calls: WorkerCalls): Promise<void> {
    let drainEndMs = Infinity;
    while (!this.isLost && !this.ledger.isSettled && !this.isHurried) {
      await this.send(calls);
      if (this.ledger.hasUnsent || this.ledger.isSettled) continue;
      const nowMs = performance.now();
      if (this.isDraining && drainEndMs === Infinity) drainEndMs = nowMs + this.options.shutdownTimeoutMs;
      if (nowMs >= drainEndMs) {
        this.dispatcher.abortAll(new Error('the worker is shutting down'));
        if (nowMs >= drainEndMs + ABORT_GRACE_MS) return;
      }
      await this.woken(nowMs >= drainEndMs ? drainEndMs + ABORT_GRACE_MS - nowMs : drainEndMs - nowMs);
    }
  }

  private async send(calls: WorkerCalls): Promise<void> {
    await this.settle('advance', async (claims) => calls.advance(claims, 0, 0));
    await this.settle('fail', (claims) => calls.fail(claims));
    await this.settle('release', (claims) => calls.release(claims));
    await this.settle('answer', (claims) => calls.answer(claims));
  }

  private async settle(carrier: Carrier, call: (claims: Claim[]) => Promise<SettleReply | typeof LOST>): Promise<void> {
    const claims = this.ledger.takeUnsent(carrier, 1);
    if (claims.length === 0) return;
    for (const claim of claims) claim.sends++;
    try {
      const reply = await call(claims);
      if (reply === LOST) return this.lose();
      this.clock.observe(reply.nowMs);
      for (const claim of claims) this.ledger.confirm(claim, reply.gone.has(claim), performance.now());
    } catch (error) {
      const isUnknown = error instanceof RedisUnavailableError && error.fate === 'unknown';
      if (!isUnknown) for (const claim of claims) claim.sends--;
      this.ledger.sendAgain(claims);
      this.events.emit('loop.failed', { loop: 'settle', error });
      await this.rest();
    }
  }

  private async renew(calls: WorkerCalls): Promise<void> {
    const reply = await calls.heartbeat();
    if (reply === LOST) return this.lose();
    this.thread.renewed();
    for (const { jobId, number, summary } of reply.cancels)
      this.ledger.cancel(jobId, number, new JobCancelledError(summary));
  }

  private lose(): void {
    this.isLost = true;
    for (const claim of this.ledger.abandon()) claim.owner?.lost();
    this.wakeLoop();
  }

  private async leave(calls: WorkerCalls): Promise<void> {
    for (const untilMs = performance.now() + LEAVE_MS; !this.isLost;) {
      try {
        await calls.leave();
        break;
      } catch (error) {
        this.events.emit('loop.failed', { loop: 'leave', error });
        if (performance.now() >= untilMs) break;
        await this.rest();
      }
    }
    for (const claim of this.ledger.abandon()) claim.owner?.released();
  }

  private woken(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = withinMs < 2 ** 31 ? setTimeout(resolve, withinMs) : undefined;
      this.wakeLoop = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async rest(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    await this.connections.whenUpWithin(1_000);
  }
}
