import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findRedis, startRedis, type RedisServer } from '../../../scripts/redis-server.mjs';
import type { ServerTls } from './certificates.js';
import { asArguments, clientTls, onFreePort, tlsSettings } from './server-tls.js';
import { waitUntil } from './wait-until.js';

const MASTER_NAME = 'main';
const QUORUM = 2;
const REPLICAS = 2;
const SENTINELS = 3;

/** How fast sentinels act. */
export interface SentinelSetOptions {
  /** Silence after which a master is thought to be down, ms. */
  readonly downAfterMs: number;
  /** Everything speaks TLS, the sentinels too. */
  readonly tls?: ServerTls;
}

/** A master, two replicas and three sentinels as real processes. The caller closes it. */
export class SentinelSet {
  readonly masterName = MASTER_NAME;
  readonly password = randomBytes(16).toString('hex');
  /** Of the sentinels themselves. */
  readonly sentinelPassword = randomBytes(16).toString('hex');
  private readonly dir = mkdtempSync(join(tmpdir(), 'queue-sentinels-'));
  private readonly servers: RedisServer[] = [];
  private readonly tlsPorts: number[] = [];
  private readonly sentinels: { readonly port: number; readonly process: ChildProcess }[] = [];
  private client?: Redis;

  private constructor(private readonly options: SentinelSetOptions) {}

  static async start(options: SentinelSetOptions): Promise<SentinelSet> {
    const set = new SentinelSet(options);
    await set.startServers();
    for (let count = 0; count < SENTINELS; count++) await onFreePort((port) => set.startSentinel(port));
    await set.connect();
    return set;
  }

  /** `host:port` of each sentinel. */
  get addrs(): string[] {
    return this.sentinels.map(({ port }) => `127.0.0.1:${port}`);
  }

  /** Of the master that was the first. */
  get addr(): string {
    return `127.0.0.1:${this.servers[0]!.port}`;
  }

  /** A client to the master of the moment; its commands wait for one. */
  get redis(): Redis {
    return this.client!;
  }

  /** The server that the sentinels call the master now. */
  async master(): Promise<RedisServer> {
    const port = Number((await this.ask('get-master-addr-by-name'))[1]);
    return this.servers.find((server, at) => (this.tlsPorts[at] ?? server.port) === port)!;
  }

  /** Waits until another server than this one is the master. */
  async waitForOther(old: RedisServer, timeoutMs: number): Promise<RedisServer> {
    return waitUntil(
      async () => {
        const master = await this.master();
        return master.port === old.port ? undefined : master;
      },
      { what: 'another master', timeoutMs, everyMs: 50 },
    );
  }

  async close(): Promise<void> {
    this.client?.disconnect();
    for (const { process: sentinel } of this.sentinels) sentinel.kill('SIGKILL');
    await Promise.all(this.servers.map((server) => server.stop()));
    rmSync(this.dir, { recursive: true, force: true });
  }

  private async startServers(): Promise<void> {
    const master = await this.startServer([]);
    const port = this.tlsPorts[0] ?? master.port;
    for (let count = 0; count < REPLICAS; count++) await this.startServer(['--replicaof', master.host, String(port)]);
  }

  private async startServer(role: readonly string[]): Promise<RedisServer> {
    const { password } = this;
    const { tls } = this.options;
    return onFreePort(async (tlsPort) => {
      const more = tls ? asArguments(tlsSettings(tls, tlsPort)) : [];
      const server = await startRedis({ password, extraArgs: ['--masterauth', password, ...role, ...more] });
      this.servers.push(server);
      if (tls) this.tlsPorts.push(tlsPort);
      return server;
    });
  }

  private async startSentinel(port: number): Promise<void> {
    const { bin, env } = await findRedis();
    const { downAfterMs, tls } = this.options;
    const file = join(this.dir, `sentinel-${port}.conf`);
    const lines = [
      ...(tls ? ['port 0', ...tlsSettings(tls, port).map((pair) => pair.join(' '))] : [`port ${port}`]),
      'bind 127.0.0.1',
      `dir ${JSON.stringify(this.dir)}`,
      `requirepass ${this.sentinelPassword}`,
      `sentinel sentinel-pass ${this.sentinelPassword}`,
      `sentinel monitor ${MASTER_NAME} 127.0.0.1 ${this.tlsPorts[0] ?? this.servers[0]!.port} ${QUORUM}`,
      `sentinel auth-pass ${MASTER_NAME} ${this.password}`,
      `sentinel down-after-milliseconds ${MASTER_NAME} ${downAfterMs}`,
      `sentinel failover-timeout ${MASTER_NAME} 10000`,
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    const child = spawn(bin, [file, '--sentinel'], { env: { ...process.env, ...env }, stdio: 'ignore' });
    process.once('exit', () => child.kill('SIGKILL'));
    const ended = once(child, 'exit').then(() =>
      Promise.reject(new Error(`the sentinel ended: its port ${port} may be already in use`)),
    );
    ended.catch(() => {});
    await Promise.race([waitUntil(() => this.ask('myid', port), { what: 'a sentinel' }), ended]);
    this.sentinels.push({ port, process: child });
  }

  private async connect(): Promise<void> {
    const sees = async (field: string) => {
      const facts = await this.ask('master');
      return Number(facts[facts.indexOf(field) + 1]);
    };
    await waitUntil(async () => (await sees('num-slaves')) === REPLICAS, { what: 'replicas', timeoutMs: 20_000 });
    const inSync = async () => (await this.replication()).match(/state=online/g)?.length === REPLICAS;
    await waitUntil(inSync, { what: 'replicas in sync', timeoutMs: 20_000 });
    await waitUntil(async () => (await sees('num-other-sentinels')) === SENTINELS - 1, {
      what: 'sentinels',
      timeoutMs: 20_000,
    });
    const { tls } = this.options;
    this.client = new Redis({
      name: MASTER_NAME,
      sentinels: this.sentinels.map(({ port }) => ({ host: '127.0.0.1', port })),
      password: this.password,
      sentinelPassword: this.sentinelPassword,
      ...(tls && { tls: clientTls(tls), sentinelTLS: clientTls(tls), enableTLSForSentinelMode: true }),
      maxRetriesPerRequest: null,
      failoverDetector: true,
      socketTimeout: 5_000,
    });
    this.client.on('error', () => {}); // a master that is down on purpose is no news
    await this.client.ping();
  }

  private async replication(): Promise<string> {
    const master = new Redis(this.servers[0]!.url, { lazyConnect: true });
    try {
      return await master.info('replication');
    } finally {
      master.disconnect();
    }
  }

  private async ask(what: string, port = this.sentinels[0]!.port): Promise<string[]> {
    const options = { host: '127.0.0.1', port, password: this.sentinelPassword, enableReadyCheck: false };
    const { tls } = this.options;
    const sentinel = new Redis({
      ...options,
      ...(tls && { tls: clientTls(tls) }),
      lazyConnect: true,
      retryStrategy: () => null,
    });
    sentinel.on('error', () => {});
    try {
      await sentinel.connect();
      const args = what === 'myid' ? [what] : [what, MASTER_NAME];
      return [await sentinel.call('SENTINEL', ...args)].flat() as string[];
    } finally {
      sentinel.disconnect();
    }
  }
}
