import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Redis, RedisOptions as ClientOptions } from 'ioredis';
import { RedisUnavailableError } from '../errors/redis-unavailable.error.js';
import { QueueEvents } from '../events/queue-events.js';
import type { QueueOptions } from '../queue.options.js';
import { QUEUE_OPTIONS } from '../queue.tokens.js';
import { canServe, mastersOf, ownerOf } from './cluster-nodes.js';
import { openClient, openServer, type RedisClient, type ServerAddress } from './redis-client.js';
import { parseAddress } from './redis-address.js';

/** Longest time a blocking call waits for a token, ms. */
export const BLOCK_MS = 5_000;

/** One script connection, and how many calls wait on it. */
export interface ScriptConnection {
  readonly client: RedisClient;
  inFlight: number;
}

/**
 * The connections of a process: a few for scripts, shared by everything, and one for blocking calls per partition.
 * Nothing is queued while Redis is away and nothing is resent behind the caller's back: each caller decides.
 */
@Injectable()
export class RedisConnections implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly pool: ScriptConnection[] = [];
  private readonly blocking: Redis[] = [];
  private readonly size: number;
  private readonly waiting = new Set<() => void>();
  private first: Promise<void> | undefined;
  private isUp: boolean | undefined;
  private lastError = 'not connected yet';
  private isClosed = false;

  constructor(
    @Inject(QUEUE_OPTIONS) private readonly options: QueueOptions,
    private readonly events: QueueEvents,
  ) {
    const { poolSizeMultiplier, minIdleConns, failFast } = options.redis;
    this.size = failFast ? 1 : Math.min(16, Math.max(1, Math.round(2 * poolSizeMultiplier)));
    if (!failFast) for (let count = 0; count < Math.max(1, Math.min(minIdleConns, this.size)); count++) this.openOne();
  }

  /**
   * The least busy connection that is ready. Opens one more when all are busy and the pool has room.
   *
   * @param key - a key of the call: in a cluster, the node that holds it must be there.
   * @throws {RedisUnavailableError} `not-sent`: none is ready.
   */
  pick(key?: string): ScriptConnection {
    let best: ScriptConnection | undefined;
    for (const connection of this.pool) {
      if (canServe(connection.client, key) && (!best || connection.inFlight < best.inFlight)) best = connection;
    }
    if ((!best || best.inFlight > 0) && this.pool.length < this.size && !this.isClosed) this.openOne();
    if (!best) throw new RedisUnavailableError('not-sent', this.lastError);
    return best;
  }

  /** The same, after the connection of a process that connects at its first call. */
  async acquire(key?: string): Promise<ScriptConnection> {
    if (this.options.redis.failFast) await (this.first ??= this.connectOnce());
    return this.pick(key);
  }

  /**
   * The servers that hold keys: all masters of a cluster, else the one.
   *
   * @throws {RedisUnavailableError} `not-sent`: no connection is ready.
   */
  async masters(): Promise<Redis[]> {
    return mastersOf((await this.acquire()).client);
  }

  /**
   * A connection of its own for blocking calls, open until {@link closeBlocking} or the end of the process.
   *
   * @param key - in a cluster, the connection is to the node that holds this key now; it does not follow when the key moves.
   */
  openBlocking(key: string): Redis {
    const special = {
      maxRetriesPerRequest: 0,
      blockingTimeout: BLOCK_MS,
      blockingTimeoutGrace: 2_000,
      socketTimeout: 2 * BLOCK_MS,
    };
    const client = openServer(this.options.redis, special, this.isCluster ? this.whereIs(key) : undefined);
    client.on('error', (error: Error) => this.onError(error));
    this.blocking.push(client);
    return client;
  }

  /** Whether another connection would help after a failed call: in a cluster, unless this one is about to come up. */
  isOutdated({ status }: Redis): boolean {
    return this.isCluster && status !== 'connecting' && status !== 'connect';
  }

  /** Ends a blocking call, if one waits, by closing its connection. */
  closeBlocking(client: Redis): void {
    client.disconnect();
    this.blocking.splice(this.blocking.indexOf(client), 1);
  }

  /** Whether a script can be sent right now; if not, what the client said last (it may name the address). */
  status(): { readonly isUp: boolean; readonly detail: string } {
    const isUp = this.pool.some(({ client }) => client.status === 'ready');
    return { isUp, detail: isUp ? 'connected' : this.lastError };
  }

  /** Whether a call for this key can be sent right now. */
  serves(key: string): boolean {
    return this.pool.some(({ client }) => canServe(client, key));
  }

  /** Resolves when a script connection is ready, at once if one is; also when the connections are closed. */
  whenUp(): Promise<void> {
    if (this.isClosed || this.status().isUp) return Promise.resolve();
    return new Promise((resolve) => this.waiting.add(resolve));
  }

  /** Like {@link whenUp}, for at most so long; at once for a process that connects at its first call. */
  async whenUpWithin(ms: number): Promise<void> {
    if (this.pool.length === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
    await Promise.race([this.whenUp(), timeUp]);
    clearTimeout(timer);
  }

  /** Makes every connection anew: what waits on an old one fails, with an unknown outcome. */
  rebuild(): void {
    for (const { client } of this.pool) client.disconnect(true);
    for (const client of this.blocking) client.disconnect(true);
  }

  /** By now everybody listens: a Redis that was away from the start is told of once more, so that it is in the log. */
  onApplicationBootstrap(): void {
    if (this.isUp === false) this.events.emit('redis.down', { detail: this.lastError });
  }

  onApplicationShutdown(): void {
    this.isClosed = true;
    for (const { client } of this.pool) client.disconnect();
    for (const client of this.blocking) client.disconnect();
    this.tellWaiting();
  }

  private openOne(): void {
    const client = this.connect({
      maxRetriesPerRequest: 0,
      socketTimeout: Math.max(5_000, 2 * this.options.redis.readTimeoutMs),
    });
    this.pool.push({ client, inFlight: 0 });
    client.on('ready', () => this.onChange());
    client.on('close', () => this.onChange());
  }

  private async connectOnce(): Promise<void> {
    const client = this.connect({
      maxRetriesPerRequest: 0,
      lazyConnect: true,
      enableOfflineQueue: true, // in a cluster, a node is connected to at its first call
      retryStrategy: () => null,
      socketTimeout: this.options.redis.readTimeoutMs,
    });
    try {
      await client.connect();
    } catch {
      throw new RedisUnavailableError('not-sent', this.lastError);
    }
    this.pool.push({ client, inFlight: 0 });
  }

  private get isCluster(): boolean {
    return this.options.redis.mode === 'cluster';
  }

  /** Without a map of the cluster any node will do: it answers who has the key, and the next attempt knows. */
  private whereIs(key: string): ServerAddress | undefined {
    const known = this.pool.map(({ client }) => ownerOf(client, key)).find((owner) => owner !== undefined);
    const [first] = this.options.redis.cluster.addrs;
    return known ?? (first === undefined ? undefined : parseAddress(first));
  }

  private connect(special: ClientOptions): RedisClient {
    const client = openClient(this.options.redis, special);
    client.on('error', (error: Error) => this.onError(error));
    if (this.isCluster) client.on('node error', (error: Error) => (this.lastError = error.message || error.name));
    return client;
  }

  private onError(error: Error): void {
    this.lastError = error.message || error.name;
    if (this.isUp === undefined) this.onChange();
  }

  private onChange(): void {
    const { isUp, detail } = this.status();
    if (isUp) this.tellWaiting();
    if (isUp === this.isUp || this.isClosed) return;
    this.isUp = isUp;
    if (isUp) this.events.emit('redis.up', {});
    else this.events.emit('redis.down', { detail });
  }

  private tellWaiting(): void {
    for (const resolve of this.waiting) resolve();
    this.waiting.clear();
  }
}
