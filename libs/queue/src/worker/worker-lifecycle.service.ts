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
import { ABORT_GRACE_MS } from './job-run.js';
import { WaitingLine } from './waiting-line.js';

/** How often a drain looks whether all is done, ms. */
const LOOK_MS = 20;
/** How long the last script of a drain is tried, ms. */
const LEAVE_MS = 5_000;

/** What the worker is doing, for health checks and metrics. */
export interface WorkerStatus {
  readonly state: 'starting' | 'running' | 'draining' | 'stopped';
  readonly running: number;
  readonly slots: number;
  /** Whether every partition knows this worker. */
  readonly registered: boolean;
  /** Since the slowest claim loop last turned, ms. */
  readonly claimLoopTurnedMsAgo: number;
}

/** Starts and stops a worker in the one right order. */
@Injectable()
export class WorkerLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly fetchers: Fetcher[];
  private readonly heartbeat: PeriodicLoop;
  private state: WorkerStatus['state'] = 'starting';
  private isHurried = false;

  constructor(
    private readonly registry: HandlerRegistry,
    private readonly dispatcher: Dispatcher,
    private readonly maintenance: Maintenance,
    private readonly events: QueueEvents,
    line: WaitingLine,
    connections: RedisConnections,
    runner: ScriptRunner,
    @Inject(QUEUE_OPTIONS) queueOptions: QueueOptions,
    @Inject(WORKER_OPTIONS) private readonly options: WorkerOptions,
  ) {
    const facts = {
      host: hostname(),
      pid: String(process.pid),
      version: options.version,
      queues: options.priorities.join(','),
      slots: String(options.count),
    };
    const { slots } = dispatcher;
    const parts = { connections, runner, events, slots, line, queueOptions, options, facts };
    this.fetchers = Array.from({ length: queueOptions.partitions }, (_, partition) => new Fetcher(partition, parts));
    this.heartbeat = new PeriodicLoop(
      options.heartbeatTtlMs / 4,
      () => this.renew(),
      (error) => events.emit('loop.failed', { loop: 'heartbeat', error }),
    );
  }

  /** Registers in the background: a worker starts also while Redis is away. */
  onApplicationBootstrap(): void {
    this.registry.collect();
    for (const fetcher of this.fetchers) void fetcher.register();
    this.heartbeat.start();
    this.maintenance.start(this.options.heartbeatTtlMs);
    this.state = 'running';
  }

  status(): WorkerStatus {
    return {
      state: this.state,
      running: this.dispatcher.slots.runningCount,
      slots: this.dispatcher.slots.total,
      registered: this.fetchers.every(({ isRegistered }) => isRegistered),
      claimLoopTurnedMsAgo: Math.max(...this.fetchers.map(({ turnedMsAgo }) => turnedMsAgo)),
    };
  }

  /** The state of the circuit breaker of each kind that has a handler here. */
  breakers(): ReadonlyMap<string, BreakerState> {
    return this.registry.breakers();
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
    const isDone = await this.settled(this.options.shutdownTimeoutMs);
    if (!isDone) {
      this.dispatcher.abortAll(new Error('the worker is shutting down'));
      if (!this.isHurried) await this.settled(ABORT_GRACE_MS);
    }
    this.maintenance.stop();
    await Promise.all(this.fetchers.map((fetcher) => fetcher.leave(performance.now() + LEAVE_MS)));
    this.heartbeat.stop();
    this.state = 'stopped';
  }

  /** During a drain: waits for no handler any more; what runs is given back unharmed. */
  hurry(): void {
    this.isHurried = true;
  }

  private async renew(): Promise<void> {
    await Promise.all(this.fetchers.map((fetcher) => fetcher.heartbeat()));
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
