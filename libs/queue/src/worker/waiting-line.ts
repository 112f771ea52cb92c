import { Injectable } from '@nestjs/common';
import type { Desk } from './assignment.js';
import type { Claim, ClaimedJob, ClaimOwner } from './claim.js';
import { Dispatcher } from './dispatcher.service.js';
import { Slots } from './slots.js';

/** A job claimed ahead that finds no slot within this time goes back to Redis, ms. */
const PATIENCE_MS = 100;

/** A claim whose handler has not started. */
class WaitingClaim implements ClaimOwner {
  readonly sinceMs = performance.now();
  isLost = false;
  isCancelled = false;

  constructor(
    readonly desk: Desk,
    readonly claim: Claim,
    readonly claimed: ClaimedJob,
  ) {
    claim.owner = this;
  }

  confirmed(): void {}
  lost(): void {
    this.isLost = true;
  }
  released(): void {
    this.isLost = true;
  }
  cancel(): void {
    this.isCancelled = true;
  }
}

/**
 * Jobs that were claimed while every slot was taken, in the order of their claim: `worker.prefetch` brings them, and a sync may.
 * Each starts when a slot is free, and is given back unharmed when none is soon.
 */
@Injectable()
export class WaitingLine {
  private line: WaitingClaim[] = [];
  private isStarting = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dispatcher: Dispatcher,
    private readonly slots: Slots,
  ) {
    slots.onRoom(() => this.startSome());
  }

  /** Starts the run of an admitted claim now or when its turn comes. */
  start(desk: Desk, claim: Claim, claimed: ClaimedJob, isDraining: boolean): void {
    if (isDraining || (this.line.length === 0 && this.slots.hasRoom)) {
      return this.dispatcher.start(desk, claim, claimed, isDraining);
    }
    this.line.push(new WaitingClaim(desk, claim, claimed));
    this.slots.setWaiting(this.line.length);
    this.timer ??= setTimeout(() => this.look(), PATIENCE_MS);
  }

  /** Gives every waiting job back to Redis: the worker drains. */
  giveBackAll(): void {
    this.giveBackOlderThan(0);
  }

  /** A handler that answers at once frees its slot before this returns, so the loop must not be entered twice. */
  private startSome(): void {
    if (this.isStarting) return;
    this.isStarting = true;
    try {
      while (this.slots.hasRoom && this.line.length > 0) {
        const { desk, claim, claimed, isLost, isCancelled } = this.line.shift() as WaitingClaim;
        // given back, Redis ends it: it never ran
        if (!isLost) this.dispatcher.start(desk, claim, claimed, isCancelled);
      }
    } finally {
      this.isStarting = false;
    }
    this.slots.setWaiting(this.line.length);
  }

  private look(): void {
    this.timer = undefined;
    this.giveBackOlderThan(PATIENCE_MS);
    if (this.line.length > 0) this.timer = setTimeout(() => this.look(), PATIENCE_MS / 2);
  }

  private giveBackOlderThan(ms: number): void {
    const oldest = performance.now() - ms;
    const old = this.line.filter(({ sinceMs }) => sinceMs <= oldest);
    if (old.length === 0) return;
    this.line = this.line.slice(old.length);
    for (const { desk, claim, claimed, isLost } of old) {
      if (!isLost) this.dispatcher.start(desk, claim, claimed, true);
    }
    this.slots.prefetch.stop();
    this.slots.setWaiting(this.line.length);
  }
}
