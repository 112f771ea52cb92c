import { createHash } from 'node:crypto';
import type { RedisOptions } from '../queue.options.js';
import { QueueKeys } from '../redis/queue-keys.js';
import type { openClient } from '../redis/redis-client.js';
import heartbeat from '../redis/scripts/heartbeat.lua';
import { HeartbeatWatch } from './heartbeat-watch.js';

/** A registration that is renewed. */
export interface Lease {
  readonly partition: number;
  readonly workerId: string;
}

/** What the heartbeat thread is told at its start. All times in ms. */
export interface LeaseKeeperOptions {
  readonly redis: RedisOptions;
  readonly prefix: string;
  readonly leaseMs: number;
  /** Of one call. */
  readonly deadlineMs: number;
  readonly maxBlockMs: number;
  readonly memory: SharedArrayBuffer;
}

type Client = ReturnType<typeof openClient>;
type Connect = (special: Parameters<typeof openClient>[1]) => Client;

const SHA1 = createHash('sha1').update(heartbeat).digest('hex');
/** No claim is so old, ms: the main thread asks for the forgotten ones itself. */
const NO_CLAIMS_MS = '1000000000000';

/**
 * Renews leases when the main thread should have and has not. While that renews, this does nothing and holds no connection;
 * when its loop has not turned for `maxBlockMs`, this stops: a worker that hangs must not keep its jobs for ever.
 */
export class LeaseKeeper {
  private readonly watch: HeartbeatWatch;
  private leases: readonly Lease[] = [];
  private client: Client | undefined;
  private isBusy = false;
  private renewedAt = -Infinity;

  constructor(
    private readonly options: LeaseKeeperOptions,
    private readonly connect: Connect,
  ) {
    this.watch = new HeartbeatWatch(options.memory);
  }

  /** From now on these. */
  keep(leases: readonly Lease[]): void {
    this.leases = leases;
  }

  /** To be called many times a lease. Never rejects: the next look tries again. */
  async look(): Promise<void> {
    if (this.isBusy) return;
    if (!this.isNeeded) return this.hangUp();
    this.isBusy = true;
    try {
      await this.renew();
    } catch {
      this.hangUp();
    }
    this.isBusy = false;
  }

  private get isNeeded(): boolean {
    const { leaseMs, maxBlockMs } = this.options;
    const isLate = this.watch.renewedMsAgo > leaseMs / 3;
    return this.leases.length > 0 && isLate && this.watch.tickMsAgo <= maxBlockMs;
  }

  private async renew(): Promise<void> {
    const { leaseMs } = this.options;
    if (performance.now() - this.renewedAt < leaseMs / 4) return;
    const client = await this.connected();
    const results = await Promise.allSettled(this.leases.map((lease) => this.renewOne(client, lease)));
    const failed = results.find(({ status }) => status === 'rejected');
    if (failed) throw (failed as PromiseRejectedResult).reason;
    this.renewedAt = performance.now();
  }

  private async renewOne(client: Client, lease: Lease): Promise<void> {
    const { prefix, leaseMs } = this.options;
    const keys = new QueueKeys(prefix, lease.partition);
    const { workerId } = lease;
    const places = [keys.workers, keys.processing(workerId), keys.cancels(workerId), keys.control];
    const [now] = (await evaluate(client, places, [workerId, String(leaseMs), NO_CLAIMS_MS])) as [string];
    if (now === 'LOST') this.leases = this.leases.filter((one) => one !== lease);
  }

  private async connected(): Promise<Client> {
    if (this.client?.status === 'ready') return this.client;
    this.hangUp();
    const { deadlineMs } = this.options;
    const client = this.connect({
      lazyConnect: true,
      commandTimeout: deadlineMs,
      connectTimeout: deadlineMs,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    client.on('error', () => {});
    this.client = client;
    await client.connect();
    return client;
  }

  private hangUp(): void {
    this.client?.disconnect();
    this.client = undefined;
  }
}

async function evaluate(client: Client, keys: readonly string[], args: readonly string[]): Promise<unknown> {
  try {
    return await client.evalsha(SHA1, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return client.eval(heartbeat, keys.length, ...keys, ...args);
  }
}
