import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Cluster, Command, Redis } from 'ioredis';
import { findRedis, startRedis, type RedisServer } from '../../../scripts/redis-server.mjs';
import type { ServerTls } from './certificates.js';
import { asArguments, onFreePort, tlsSettings } from './server-tls.js';
import { waitUntil } from './wait-until.js';

/** What a cluster is made of. */
export interface RedisClusterOptions {
  readonly masters: number;
  readonly replicasEach: number;
  /** Silence after which a node is thought to be down, ms. */
  readonly nodeTimeoutMs: number;
  /** Apps reach it over TLS only; the spec itself uses the plain ports. */
  readonly tls?: ServerTls;
}

/** A Redis Cluster as real processes. The caller closes it. */
export class TestCluster {
  readonly password = randomBytes(16).toString('hex');
  private readonly servers: RedisServer[] = [];
  private readonly tlsPorts: number[] = [];
  private client?: Cluster;

  static async start(options: RedisClusterOptions): Promise<TestCluster> {
    const cluster = new TestCluster();
    await cluster.startServers(options);
    await cluster.join(options);
    return cluster;
  }

  /** `host:port` of each node, for apps. */
  get addrs(): string[] {
    return this.servers.map(({ port }, at) => `127.0.0.1:${this.tlsPorts[at] ?? port}`);
  }

  get addr(): string {
    return this.addrs[0]!;
  }

  /** A client that finds the node of a key. */
  get redis(): Redis {
    return this.client as unknown as Redis;
  }

  /** The master that holds this key now. */
  async ownerOf(key: string): Promise<RedisServer> {
    await new Promise<void>((done) => this.client!.refreshSlotsCache(() => done()));
    const [owner = ''] = this.client!.slots[slotOf(key)] ?? [];
    return this.servers.find(({ port }) => owner.endsWith(`:${port}`))!;
  }

  /** Moves the slot of this key, with its keys, to another master, as `redis-cli --cluster reshard` does. */
  async moveSlot(key: string, to: RedisServer): Promise<void> {
    const slot = slotOf(key);
    const from = await this.ownerOf(key);
    const [source, target] = [this.connect(from), this.connect(to)];
    try {
      const [sourceId, targetId] = await Promise.all([source, target].map((node) => node.call('CLUSTER', 'MYID')));
      await target.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', sourceId as string);
      await source.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', targetId as string);
      for (;;) {
        const keys = (await source.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
        if (keys.length === 0) break;
        await source.call('MIGRATE', to.host, to.port, '', 0, 5_000, 'AUTH', this.password, 'KEYS', ...keys);
      }
      for (const node of [target, source]) await node.call('CLUSTER', 'SETSLOT', slot, 'NODE', targetId as string);
    } finally {
      for (const node of [source, target]) node.disconnect();
    }
    // the others hear of it by gossip
    await waitUntil(async () => (await this.ownerOf(key)).port === to.port, { what: 'the new owner', everyMs: 50 });
  }

  /** Waits until another node than this one holds the key. */
  waitForOther(key: string, old: RedisServer, timeoutMs: number): Promise<RedisServer> {
    return waitUntil(
      async () => {
        const owner = await this.ownerOf(key);
        return owner && owner.port !== old.port ? owner : undefined;
      },
      { what: 'another master', timeoutMs, everyMs: 50 },
    );
  }

  async close(): Promise<void> {
    this.client?.disconnect();
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  private async startServers({ masters, replicasEach, nodeTimeoutMs, tls }: RedisClusterOptions): Promise<void> {
    const { password } = this;
    const extraArgs = [
      '--cluster-enabled',
      'yes',
      '--cluster-node-timeout',
      String(nodeTimeoutMs),
      '--masterauth',
      password,
    ];
    for (let count = 0; count < masters * (1 + replicasEach); count++) {
      await onFreePort(async (tlsPort) => {
        const more = tls ? asArguments(tlsSettings(tls, tlsPort)) : [];
        this.servers.push(await startRedis({ password, extraArgs: [...extraArgs, ...more] }));
        if (tls) this.tlsPorts.push(tlsPort);
      });
    }
  }

  private async join({ replicasEach, tls }: RedisClusterOptions): Promise<void> {
    const { bin, env } = await findRedis();
    const create = ['--cluster', 'create', ...this.addrs, '--cluster-replicas', String(replicasEach), '--cluster-yes'];
    if (tls) create.push('--tls', '--cert', tls.certFile, '--key', tls.keyFile, '--cacert', tls.caFile);
    await promisify(execFile)(join(dirname(bin), 'redis-cli'), create, {
      env: { ...process.env, ...env, REDISCLI_AUTH: this.password },
    });
    const replicas = this.servers.length - this.servers.length / (1 + replicasEach);
    for (const server of this.servers) {
      const node = this.connect(server);
      const isComplete = async () => {
        const nodes = String(await node.call('CLUSTER', 'NODES'));
        const isKnown = (nodes.match(/\bslave\b/g) ?? []).length === replicas;
        return isKnown && /cluster_state:ok/.test(String(await node.call('CLUSTER', 'INFO')));
      };
      await waitUntil(isComplete, { what: 'a complete cluster', timeoutMs: 30_000 });
      node.disconnect();
    }
    this.client = new Cluster(
      this.servers.map(({ port }) => ({ host: '127.0.0.1', port })),
      {
        redisOptions: { password: this.password, socketTimeout: 5_000 },
        slotsRefreshInterval: 1_000,
      },
    );
    this.client.on('error', () => {}); // a node that is down on purpose is no news
    await waitUntil(() => this.client!.status === 'ready', { what: 'the cluster client' });
  }

  private connect({ host, port }: RedisServer): Redis {
    const node = new Redis({ host, port, password: this.password });
    node.on('error', () => {});
    return node;
  }
}

function slotOf(key: string): number {
  return new Command('get', [key]).getSlot();
}
