import { Injectable } from '@nestjs/common';
import { WorkInSight } from './work-in-sight.js';
import { WorkerProbe, type WorkerStatus } from './worker-status.js';

/** Asking in vain for so long is no hiccup any more, ms. */
const STALLED_AFTER_MS = 2_000;
/** Twice the longest wait for work, and some air, ms. */
const STALE_AFTER_MS = 2 * 5_000 + 5_000;

/** What keeps a worker from claiming, in words; undefined: nothing does, or there is no worker in this app. */
@Injectable()
export class ClaimProgress {
  constructor(
    private readonly worker: WorkerProbe,
    private readonly work: WorkInSight,
  ) {}

  /** Why this worker takes no jobs although it is alive. Nothing during a drain: that is meant. */
  trouble(): string | undefined {
    const status = this.worker.status();
    if (!status || status.state !== 'running') return undefined;
    if (!status.registered) return 'the worker is not registered in Redis';
    return stalled(status) ?? this.starved(status) ?? deaf(status);
  }

  /** Work lies ready, slots are free, and nobody here takes it. */
  get isStalled(): boolean {
    const status = this.worker.status();
    if (!status || status.state !== 'running') return false;
    return (stalled(status) ?? this.starved(status)) !== undefined;
  }

  private starved({ queues, lastStartMsAgo }: WorkerStatus): string | undefined {
    const forMs = Math.min(this.work.readyForMs(queues), lastStartMsAgo);
    if (forMs < STALLED_AFTER_MS) return undefined;
    return `jobs have been ready for ${seconds(forMs)} s, slots are free, and this worker claims none`;
  }
}

function stalled({ claimLoopStalledMs }: WorkerStatus): string | undefined {
  if (claimLoopStalledMs < STALLED_AFTER_MS) return undefined;
  return `the worker has asked for work in vain for ${seconds(claimLoopStalledMs)} s`;
}

function deaf({ claimLoopTurnedMsAgo }: WorkerStatus): string | undefined {
  if (claimLoopTurnedMsAgo < STALE_AFTER_MS) return undefined;
  return `the worker has not asked for work for ${seconds(claimLoopTurnedMsAgo)} s`;
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000);
}
