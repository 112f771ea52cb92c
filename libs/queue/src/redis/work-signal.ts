import type { Redis } from 'ioredis';
import type { QueueKeys } from './queue-keys.js';
import { BLOCK_MS, type RedisConnections } from './redis-connections.js';

/** After a failed wait, before the next attempt, ms. */
const AFTER_ERROR_MS = 250;

/** Waits for the tokens of one partition's queues on a blocking connection of its own. */
export class WorkSignal {
  private readonly lists: string[];
  private client: Redis | undefined;
  private isClosed = false;
  isWaiting = false;

  constructor(
    private readonly connections: RedisConnections,
    keys: QueueKeys,
    queues: readonly string[],
  ) {
    this.lists = [...queues.map((queue) => keys.wake(queue)), ...queues.map((queue) => keys.timer(queue))];
  }

  /**
   * Resolves when a token came, the time is over, or the wait failed: in each case there may be work. Never rejects.
   *
   * @param nextDueMs - until the next scheduled job is due; undefined: none is scheduled
   */
  async wait(nextDueMs: number | undefined): Promise<void> {
    const waitMs = Math.max(1, Math.min(BLOCK_MS, Math.ceil(nextDueMs ?? BLOCK_MS)));
    this.isWaiting = true;
    this.client ??= this.connections.openBlocking();
    try {
      await this.client.blpop(...this.lists, waitMs / 1_000);
    } catch {
      if (!this.isClosed) await new Promise((resolve) => setTimeout(resolve, AFTER_ERROR_MS));
    } finally {
      this.isWaiting = false;
    }
  }

  /** Ends a wait under way; a token it took meanwhile is left again by `leave`. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.client) this.connections.closeBlocking(this.client);
  }
}
