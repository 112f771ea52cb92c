import type { Redis } from 'ioredis';
import type { QueueKeys } from './queue-keys.js';
import { BLOCK_MS, type RedisConnections } from './redis-connections.js';

/** After a failed wait, before the next attempt, ms. */
const AFTER_ERROR_MS = 250;

/** Waits for the tokens of one partition's queues, and of one worker, on a blocking connection of its own. */
export class WorkSignal {
  private readonly lists: string[];
  private client: Redis | undefined;
  private isClosed = false;
  /** `nudge`: for its own list only, by a worker that has no slot for what the tokens promise. */
  waitsFor: 'nothing' | 'work' | 'nudge' = 'nothing';

  constructor(
    private readonly connections: RedisConnections,
    private readonly keys: QueueKeys,
    queues: readonly string[],
  ) {
    this.lists = [...queues.map((queue) => keys.wake(queue)), ...queues.map((queue) => keys.timer(queue))];
  }

  /**
   * Resolves when a token came, the time is over, or the wait failed: in each case there may be work. Never rejects.
   *
   * @param nextDueMs - until the next scheduled job is due; undefined: none is scheduled
   * @returns whether it was this worker that was meant, and not its queues.
   */
  wait(workerId: string, nextDueMs: number | undefined): Promise<boolean> {
    const waitMs = Math.max(1, Math.min(BLOCK_MS, Math.ceil(nextDueMs ?? BLOCK_MS)));
    return this.block('work', this.keys.nudge(workerId), this.lists, waitMs);
  }

  /** The same for this worker alone: it takes no token of a queue. */
  waitForNudge(workerId: string): Promise<boolean> {
    return this.block('nudge', this.keys.nudge(workerId), [], BLOCK_MS);
  }

  private async block(what: 'work' | 'nudge', own: string, lists: readonly string[], waitMs: number): Promise<boolean> {
    this.waitsFor = what;
    const client = (this.client ??= this.connections.openBlocking(own));
    try {
      const taken = await client.blpop(own, ...lists, waitMs / 1_000);
      return taken?.[0] === own;
    } catch {
      if (this.connections.isOutdated(client)) this.hangUp(); // the keys may have moved, and the node may be gone
      if (!this.isClosed) await new Promise((resolve) => setTimeout(resolve, AFTER_ERROR_MS));
      return false;
    } finally {
      this.waitsFor = 'nothing';
    }
  }

  /** Ends a wait under way; a token it took meanwhile is left again by `leave`. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.hangUp();
  }

  private hangUp(): void {
    if (this.client) this.connections.closeBlocking(this.client);
    this.client = undefined;
  }
}
