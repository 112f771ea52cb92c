import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { QueueEvents } from '../events/queue-events.js';
import type { QueueOptions, WorkerOptions } from '../queue.options.js';
import { HeartbeatWatch } from './heartbeat-watch.js';
import type { Lease, LeaseKeeperOptions } from './lease-keeper.js';
import { commandDeadlineMs } from './worker-calls.js';

/** Beside this module in every build; elsewhere (a bundle of somebody else, the sources) there is none. */
const PROGRAM = fileURLToPath(new URL('./heartbeat.thread.js', import.meta.url));
const MOST_TICK_MS = 1_000;

/**
 * The second hand on the leases of a worker: a thread that renews them while a handler keeps the main loop busy, for
 * `maxBlockMs` at the most. Without it (it cannot start, or died) the main thread goes on alone, and says so once.
 */
export class HeartbeatThread {
  private readonly watch = new HeartbeatWatch();
  private worker: Worker | undefined;
  private ticker: NodeJS.Timeout | undefined;

  constructor(
    private readonly queueOptions: QueueOptions,
    private readonly options: WorkerOptions,
    private readonly events: QueueEvents,
    private readonly program = PROGRAM,
  ) {}

  start(): void {
    if (!existsSync(this.program)) return this.giveUp(new Error(`${this.program} is not there`));
    const { heartbeatTtlMs: leaseMs, maxBlockMs } = this.options;
    const { redis, prefix } = this.queueOptions;
    const deadlineMs = commandDeadlineMs(this.queueOptions, this.options);
    const workerData: LeaseKeeperOptions = {
      redis,
      prefix,
      leaseMs,
      deadlineMs,
      maxBlockMs,
      memory: this.watch.memory,
    };
    this.watch.tick();
    this.watch.renewed();
    this.ticker = setInterval(() => this.watch.tick(), Math.min(MOST_TICK_MS, leaseMs / 12)).unref();
    this.worker = new Worker(this.program, { workerData });
    this.worker.unref();
    this.worker.once('error', (error) => this.giveUp(error));
  }

  /** The registrations to renew from now on. */
  keep(leases: readonly Lease[]): void {
    this.worker?.postMessage(leases);
  }

  /** The main thread has renewed them all. */
  renewed(): void {
    this.watch.renewed();
  }

  stop(): void {
    clearInterval(this.ticker);
    void this.worker?.terminate();
    this.worker = undefined;
  }

  private giveUp(cause: unknown): void {
    this.stop();
    const text = 'leases are renewed by the main thread alone: a handler that keeps it busy for a lease loses its job';
    this.events.emit('loop.failed', { loop: 'heartbeat-thread', error: new Error(text, { cause }) });
  }
}
