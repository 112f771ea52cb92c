import { Inject, Injectable } from '@nestjs/common';
import { QueueEvents } from '../events/queue-events.js';
import type { CrashPolicy } from '../job/crash-policy.js';
import type { QueueOptions } from '../queue.options.js';
import { QUEUE_OPTIONS, TIMED_RESUMES } from '../queue.tokens.js';
import { PeriodicLoop } from './periodic-loop.js';
import { Reaper } from './reaper.service.js';
import { Retention } from './retention.service.js';

const HOUSEKEEPING_MS = 30_000;

/** Ends the pauses whose time is over. */
export interface TimedResumes {
  resumeExpired(): Promise<string[]>;
}

/** What every worker does beside its jobs, without a leader: reaping, retention, timed resumes. */
@Injectable()
export class Maintenance {
  private loops: PeriodicLoop[] = [];

  constructor(
    private readonly reaper: Reaper,
    private readonly retention: Retention,
    @Inject(TIMED_RESUMES) private readonly resumes: TimedResumes,
    private readonly events: QueueEvents,
    @Inject(QUEUE_OPTIONS) private readonly options: QueueOptions,
  ) {}

  /** Sweeps three times a lease, so that an outage of half a lease is seen as one (rule 13). */
  start(leaseMs: number, crashes: CrashPolicy): void {
    const onError = (loop: string) => (error: unknown) => this.events.emit('loop.failed', { loop, error });
    const sweep = () => this.eachPartition((partition) => this.reaper.sweep(partition, leaseMs, crashes));
    const tidy = async (): Promise<void> => {
      await this.resumes.resumeExpired();
      await this.eachPartition((partition) => this.retention.trim(partition));
    };
    this.loops = [
      new PeriodicLoop(leaseMs / 3, sweep, onError('reaper')),
      new PeriodicLoop(HOUSEKEEPING_MS, tidy, onError('housekeeping')),
    ];
    for (const loop of this.loops) loop.start();
  }

  stop(): void {
    for (const loop of this.loops) loop.stop();
  }

  private async eachPartition(step: (partition: number) => Promise<void>): Promise<void> {
    for (let partition = 0; partition < this.options.partitions; partition++) await step(partition);
  }
}
