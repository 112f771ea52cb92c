import type { QueueOverview } from '@app/queue';
import { Injectable } from '@nestjs/common';

/** Work that has been due for so long, ms, should have been claimed by whoever has a free slot. */
const OVERDUE_MS = 2_000;

/** What a worker could claim, by the last samples of the queue: the other half of the question whether it is stuck. */
@Injectable()
export class WorkInSight {
  private last: QueueOverview | undefined;
  /** When a sample first showed work for each queue, as `performance.now()`; gone when one showed none. */
  private readonly since = new Map<string, number>();

  /** Takes in a sample. */
  saw(overview: QueueOverview): void {
    this.last = overview;
    for (const queue of overview.queues) {
      if (!isClaimable(queue)) this.since.delete(queue.name);
      else if (!this.since.has(queue.name)) this.since.set(queue.name, performance.now());
    }
  }

  /** Redis is away: nothing is known. */
  forget(): void {
    this.last = undefined;
    this.since.clear();
  }

  /** For how long work of these queues has been ready in sight, ms; 0: none is, or it is too fresh to wonder. */
  readyForMs(queues: readonly string[]): number {
    const overdue = (this.last?.queues ?? []).filter(
      (queue) => queues.includes(queue.name) && isClaimable(queue) && (queue.oldestDueAgeMs ?? 0) >= OVERDUE_MS,
    );
    const nowMs = performance.now();
    return Math.max(0, ...overdue.map(({ name }) => nowMs - (this.since.get(name) ?? nowMs)));
  }
}

/** Quarantined jobs need no free slot, parked ones wait for their breaker, and a pause holds everything back. */
function isClaimable({ ready, quarantined, parked, overdue, paused }: QueueOverview['queues'][number]): boolean {
  return paused === null && ready - quarantined - parked + overdue > 0;
}
