import { hostname } from 'node:os';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { QueueEvents } from '../events/queue-events.js';
import { Maintenance } from '../maintenance/maintenance.service.js';
import { PeriodicLoop } from '../maintenance/periodic-loop.js';
import type { BreakerState } from '../job/job.js';
import type { QueueOptions, WorkerOptions } from '../queue.options.js';
import { QUEUE_OPTIONS, WORKER_OPTIONS } from '../queue.tokens.js';
import { RedisConnections } from '../redis/redis-connections.js';
import { ScriptRunner } from '../redis/script-runner.js';
import { Dispatcher } from './dispatcher.service.js';
import { Fetcher } from './fetcher.js';
import { HandlerRegistry } from './handler-registry.service.js';
import { HeartbeatThread } from './heartbeat-thread.js';
import { ABORT_GRACE_MS } from './job-run.js';
import { SoloRunner } from './solo-runner.service.js';
import { SoloWorker } from './solo-worker.service.js';
import { StillRunning } from './still-running.js';
import { WaitingLine } from './waiting-line.js';
import { WorkerWatchdog } from './worker-watchdog.js';

/** How often a drain looks whether all is done, ms. */
const LOOK_MS = 20;
/** How long a process that must end tells Redis what has ended, ms. */
const SURRENDER_MS = 2_000;
/** How long the last script of a drain is tried, ms. */
const LEAVE_MS = 5_000;

/** What the worker is doing, for health checks and metrics. */
export interface WorkerStatus {
  readonly state: 'starting' | 'running' | 'draining' | 'stopped';
  readonly running: number;
  readonly slots: number;
  /** Whether every partition knows this worker. */
  readonly registered: boolean;
  /** Since the slowest claim loop last turned, ms; waiting for work and being full count as turning. */
  readonly claimLoopTurnedMsAgo: number;
  /** How long a claim loop has had a free slot and asked for work in vain, ms; 0: none has. */
  readonly claimLoopStalledMs: number;
  /** Since it last started a job, or its last slot was taken, ms. */
  readonly lastStartMsAgo: number;
  /** The queues it serves. */
  readonly queues: readonly string[];
}

/** Starts and stops a worker in the one right order. */
@Injectable()
export class WorkerLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly fetchers: Fetcher[];
  private readonly heartbeat: PeriodicLoop;
  private readonly thread: HeartbeatThread;
  private readonly watchdog: WorkerWatchdog;
  private isStuck = false;
  private readonly facts: Readonly<Record<string, string>>;
  private state: WorkerStatus['state'] = 'starting';
  private isHurried = false;

  constructor(
    private readonly registry: HandlerRegistry,
    private readonly dispatcher: Dispatcher,
    private readonly maintenance: Maintenance,
    private readonly soloRunner: SoloRunner,
    private readonly soloWorker: SoloWorker,
    private readonly events: QueueEvents,
    private readonly stillRunning: StillRunning,
    line: WaitingLine,
    connections: RedisConnections,
    runner: ScriptRunner,
    @Inject(QUEUE_OPTIONS) queueOptions: QueueOptions,
    @Inject(WORKER_OPTIONS) private readonly options: WorkerOptions,
  ) {
    this.facts = {
      host: hostname(),
      pid: String(process.pid),
      version: options.version,
      queues: options.priorities.join(','),
      slots: String(options.count),
      leaseMs: String(options.heartbeatTtlMs),
    };
    const canRun = (kind: string): boolean => registry.find(kind) !== undefined;
    const { slots } = dispatcher;
    const parts = { connections, runner, events, slots, line, queueOptions, options, facts: this.facts, canRun };
    this.fetchers = Array.from({ length: queueOptions.partitions }, (_, partition) => new Fetcher(partition, parts));
    this.thread = new HeartbeatThread(queueOptions, options, events);
    this.watchdog = new WorkerWatchdog({
      silentMs: () => this.silentMs,
      isConnected: () => connections.status().isUp,
      rebuild: () => {
        events.emit('worker.deaf', { silentMs: this.silentMs });
        connections.rebuild();
      },
      giveUp: () => events.emit('worker.broken', { silentMs: this.silentMs }),
    });
    this.heartbeat = new PeriodicLoop(
      options.heartbeatTtlMs / 4,
      () => this.renew(),
      (error) => events.emit('loop.failed', { loop: 'heartbeat', error }),
    );
  }

  /** Registers in the background: a worker starts also while Redis is away. A process that was started for one job runs that. */
  onApplicationBootstrap(): void {
    this.registry.collect();
    if (this.soloWorker.isWanted) return void this.soloWorker.runAndExit(this.facts);
    this.thread.start();
    for (const news of ['worker.registered', 'worker.lost'] as const) this.events.on(news, () => this.keepLeases());
    for (const fetcher of this.fetchers) void fetcher.register();
    this.heartbeat.start();
    const { heartbeatTtlMs, maxCrashes, solo } = this.options;
    this.maintenance.start(heartbeatTtlMs, { maxCrashes, canRunAlone: solo !== undefined });
    this.soloRunner.start();
    this.watchdog.start();
    this.events.on('handler.stuck', () => setTimeout(() => this.countStuck(), ABORT_GRACE_MS).unref());
    this.state = 'running';
  }

  status(): WorkerStatus {
    return {
      state: this.state,
      running: this.dispatcher.slots.runningCount,
      slots: this.dispatcher.slots.total,
      registered: this.fetchers.every(({ isRegistered }) => isRegistered),
      claimLoopTurnedMsAgo: Math.max(...this.fetchers.map(({ turnedMsAgo }) => turnedMsAgo)),
      claimLoopStalledMs: Math.max(...this.fetchers.map(({ stalledMs }) => stalledMs)),
      lastStartMsAgo: this.dispatcher.slots.takenMsAgo,
      queues: this.options.priorities,
    };
  }

  /** The state of the circuit breaker of each kind that has a handler here: the worst of all partitions, as heard last. */
  breakers(): ReadonlyMap<string, BreakerState> {
    const worstOf = (kind: string): BreakerState => {
      const states = this.fetchers.map((fetcher) => fetcher.breakerState(kind));
      return states.find((state) => state === 'open') ?? states.find((state) => state === 'half-open') ?? 'closed';
    };
    return new Map(this.registry.kinds().map((kind) => [kind, worstOf(kind)]));
  }

  /**
   * The drain: claim no more, let handlers end, abort those that do not, give back what is left, leave. Leases are renewed
   * until the end, so that nobody takes a job that still runs here.
   */
  async beforeApplicationShutdown(): Promise<void> {
    if (this.state !== 'running') return;
    this.state = 'draining';
    this.events.emit('worker.draining', { running: this.dispatcher.slots.runningCount });
    for (const fetcher of this.fetchers) fetcher.stopClaiming();
    const soloIsGone = this.soloRunner.stop(this.options.shutdownTimeoutMs + ABORT_GRACE_MS + LEAVE_MS);
    const isDone = await this.settled(this.options.shutdownTimeoutMs);
    if (!isDone) {
      this.dispatcher.abortAll(new Error('the worker is shutting down'));
      if (!this.isHurried) await this.settled(ABORT_GRACE_MS);
    }
    this.maintenance.stop();
    this.watchdog.stop();
    await Promise.all(this.fetchers.map((fetcher) => fetcher.leave(performance.now() + LEAVE_MS)));
    this.heartbeat.stop();
    this.thread.stop();
    await soloIsGone;
    this.state = 'stopped';
  }

  /**
   * For a process that must end at once because nobody knows its state: claims no more, gives back what has not started,
   * tells Redis what has ended, and lets its lease end. What runs is not given back: one of those jobs may be the cause,
   * so each gets a crash, and the second one sends it to run alone (rules 18 to 20).
   */
  async surrender(): Promise<void> {
    this.state = 'draining';
    this.watchdog.stop();
    this.maintenance.stop();
    for (const fetcher of this.fetchers) fetcher.stopClaiming();
    const untilMs = performance.now() + SURRENDER_MS;
    while (performance.now() < untilMs && !this.fetchers.every(({ hasNothingToTell }) => hasNothingToTell))
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    this.heartbeat.stop();
    this.thread.stop();
    await Promise.allSettled(this.fetchers.map((fetcher) => fetcher.resign()));
  }

  /** During a drain: waits for no handler any more; what runs is given back unharmed. */
  hurry(): void {
    this.isHurried = true;
    this.soloRunner.hurry();
  }

  /** 0 while it cannot claim: without an id, or draining. */
  private get silentMs(): number {
    if (!this.status().registered || this.state !== 'running') return 0;
    return Math.max(...this.fetchers.map(({ silentMs }) => silentMs));
  }

  /** Handlers that do not hear their signal hold memory and connections, and their jobs may not run here: better a new process. */
  private countStuck(): void {
    const { size: stuck } = this.stillRunning;
    const slots = this.dispatcher.slots.total;
    if (this.isStuck || this.state !== 'running' || 2 * stuck < slots) return;
    this.isStuck = true;
    this.events.emit('worker.stuck', { stuck, slots });
  }

  private keepLeases(): void {
    const leases = this.fetchers.flatMap(({ partition, workerId }) => (workerId ? [{ partition, workerId }] : []));
    this.thread.keep(leases);
  }

  private async renew(): Promise<void> {
    await Promise.all(this.fetchers.map((fetcher) => fetcher.heartbeat()));
    this.thread.renewed();
  }

  private async settled(withinMs: number): Promise<boolean> {
    const end = performance.now() + withinMs;
    while (!this.fetchers.every(({ isIdle }) => isIdle)) {
      if (this.isHurried || performance.now() >= end) return false;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return true;
  }
}
