import { setTimeout as sleep } from 'node:timers/promises';
import type { RedisConnections } from '../redis/redis-connections.js';

const ANSWERS_A_CALL = 500;
/** Longest wait of one call, seconds. */
const BLOCK_SECONDS = 1;
const AFTER_ERROR_MS = 50;

type Client = ReturnType<RedisConnections['openBlocking']>;

/**
 * Waits for the answers to a benchmark, without polling: one blocking connection a list, as lists of a cluster may live on
 * different nodes. An answer that is lost with a connection never comes: the benchmark is void then.
 */
export class BenchAnswers {
  private readonly clients = new Set<Client>();
  private isClosed = false;

  constructor(
    private readonly connections: RedisConnections,
    private readonly lists: readonly string[],
    private readonly onAnswer: (text: string) => void,
  ) {}

  /** Begins to wait; comes back at once. */
  listen(): void {
    for (const list of this.lists) void this.follow(list);
  }

  close(): void {
    this.isClosed = true;
    for (const client of this.clients) this.connections.closeBlocking(client);
    this.clients.clear();
  }

  private async follow(list: string): Promise<void> {
    let client = this.open(list);
    while (!this.isClosed) {
      try {
        const reply = await client.blmpop(BLOCK_SECONDS, 1, list, 'LEFT', 'COUNT', ANSWERS_A_CALL);
        for (const text of reply?.[1] ?? []) this.onAnswer(text);
      } catch {
        if (!this.isClosed && this.connections.isOutdated(client)) {
          this.clients.delete(client);
          this.connections.closeBlocking(client);
          client = this.open(list);
        }
        await sleep(AFTER_ERROR_MS);
      }
    }
  }

  private open(list: string): Client {
    const client = this.connections.openBlocking(list);
    this.clients.add(client);
    return client;
  }
}
