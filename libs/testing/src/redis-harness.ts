import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { findRedis, startRedis, type RedisServer, type StartRedisOptions } from '../../../scripts/redis-server.mjs';
import { areUsersAsked, usersForSpecs } from './redis-users.js';

/** Which server a spec gets. */
export interface TestRedisOptions {
  /** `always`: an answered write survives a SIGKILL of the server. Default: `everysec`. */
  readonly appendfsync?: 'always' | 'everysec' | 'no';
  /** More settings for redis-server, as arguments: `['--maxmemory', '10mb']`. */
  readonly extraArgs?: readonly string[];
  /** Where its data is; it stays when the server is gone. Default: a temporary folder. */
  readonly dataDir?: string | undefined;
  /** Never join TEST_REDIS_URL: the spec kills, restarts or configures its server. Default: only with the options above. */
  readonly isPrivate?: boolean;
  /** The users of `deploy/redis/users.acl`, all with the password of this server. Default: with `REDIS_ACL=1`. */
  readonly hasUsers?: boolean;
}

/**
 * A real Redis for one spec file: TEST_REDIS_URL when that is set, else a private server on a free port (AOF on, nothing
 * evicted). `close()` stops it and removes its data; a process that ends without closing takes both along.
 */
export class TestRedis {
  private server?: RedisServer;
  private client?: Redis;
  private dataDir?: string;
  private state: 'up' | 'frozen' | 'down' = 'down';
  private currentPrefix = freshPrefix();
  private readonly usedPrefixes = new Set<string>();
  private readonly removeDataAtExit = () => this.removeData();

  constructor(private readonly options: TestRedisOptions = {}) {}

  /** A raw client without deadlines: its commands wait until the server is there (again). */
  get redis(): Redis {
    if (!this.client) throw new Error('the test Redis is not running yet: use it inside a test or a hook');
    return this.client;
  }

  /** With the password in it. */
  get url(): string {
    return this.server?.url ?? sharedUrl() ?? notRunning();
  }

  /** `host:port`. */
  get addr(): string {
    return `${this.host}:${this.port}`;
  }

  get host(): string {
    return new URL(this.url).hostname;
  }

  get port(): number {
    return Number(new URL(this.url).port || 6379);
  }

  get password(): string {
    return decodeURIComponent(new URL(this.url).password);
  }

  /** Key prefix of the running test; no other test has it. */
  prefix(): string {
    this.usedPrefixes.add(this.currentPrefix);
    return this.currentPrefix;
  }

  /** Gives the next test a prefix of its own. `useRedis` calls it. */
  renewPrefix(): void {
    this.currentPrefix = freshPrefix();
  }

  /** Finds or starts the server and connects. */
  async start(): Promise<this> {
    if (this.mustOwnServer || sharedUrl() === undefined) await this.startServer();
    this.client = new Redis(this.url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    this.client.on('error', () => {}); // a server that is down on purpose is no news; commands wait
    await this.client.ping();
    this.state = 'up';
    return this;
  }

  /** SIGKILL; the data stays. */
  async kill(): Promise<void> {
    this.state = 'down';
    await this.own().kill('SIGKILL');
  }

  /** SIGTERM: Redis saves what it has to and ends; the data stays. */
  async stop(): Promise<void> {
    await this.own().kill('SIGTERM');
    this.state = 'down';
  }

  /** Starts the server again after `kill` or `stop` (a running one is stopped first): same port, password and data. */
  async restart(): Promise<void> {
    const { port, password } = this.own();
    await this.stop();
    await this.startServer({ port, password });
    await this.redis.ping();
    this.state = 'up';
  }

  /** SIGSTOP: connections stay open, nothing is answered. */
  async freeze(): Promise<void> {
    await this.own().kill('SIGSTOP');
    this.state = 'frozen';
  }

  /** SIGCONT. */
  async thaw(): Promise<void> {
    await this.own().kill('SIGCONT');
    this.state = 'up';
  }

  /** Brings back what a test left frozen or down, so that the next one, and the look at its data, can go on. */
  async recover(): Promise<void> {
    if (this.state === 'frozen') await this.thaw();
    if (this.state === 'down') await this.restart();
  }

  /** Runs redis-cli against this server and returns what it prints. */
  async cli(...args: string[]): Promise<string> {
    const { bin, env } = await findRedis();
    const program = join(dirname(bin), bin.endsWith('valkey-server') ? 'valkey-cli' : 'redis-cli');
    const { stdout } = await promisify(execFile)(program, ['-h', this.host, '-p', String(this.port), ...args], {
      env: { ...process.env, ...env, REDISCLI_AUTH: this.password },
    });
    return stdout.trimEnd();
  }

  /** Stops a private server and removes its data; on a shared one, deletes the keys of the prefixes that were used. */
  async close(): Promise<void> {
    try {
      if (this.client && !this.server) await this.deleteUsedKeys();
    } finally {
      this.client?.disconnect();
      await this.server?.kill('SIGKILL');
      this.removeData();
      process.off('exit', this.removeDataAtExit);
    }
  }

  /** Whether apps can log in as the user of their role. */
  get hasUsers(): boolean {
    return this.options.hasUsers ?? areUsersAsked();
  }

  private get mustOwnServer(): boolean {
    const { isPrivate, appendfsync, extraArgs } = this.options;
    return this.hasUsers || (isPrivate ?? (appendfsync !== undefined || extraArgs !== undefined));
  }

  private own(): RedisServer {
    if (!this.server)
      throw new Error('this spec shares TEST_REDIS_URL: ask for a server of its own with { isPrivate: true }');
    return this.server;
  }

  private async startServer(again: Pick<StartRedisOptions, 'port' | 'password'> = {}): Promise<void> {
    this.dataDir ??= this.makeDataDir();
    const { appendfsync, extraArgs = [] } = this.options;
    const { port, password = randomBytes(16).toString('hex') } = again;
    const users = this.hasUsers ? ['--aclfile', this.writeUsers(password)] : [];
    const args = [...users, ...extraArgs];
    this.server = await startRedis({ port, password, dir: this.dataDir, appendfsync, extraArgs: args });
  }

  private writeUsers(password: string): string {
    const file = join(this.dataDir!, 'users.acl');
    writeFileSync(file, usersForSpecs(password), { mode: 0o600 });
    return file;
  }

  private makeDataDir(): string {
    if (this.options.dataDir !== undefined) return this.options.dataDir;
    process.once('exit', this.removeDataAtExit);
    return mkdtempSync(join(tmpdir(), 'queue-test-redis-'));
  }

  private removeData(): void {
    if (this.dataDir && this.dataDir !== this.options.dataDir) rmSync(this.dataDir, { recursive: true, force: true });
  }

  private async deleteUsedKeys(): Promise<void> {
    for (const prefix of this.usedPrefixes) {
      for await (const keys of this.redis.scanStream({ match: `{${prefix}:*`, count: 1_000 })) {
        if (keys.length > 0) await this.redis.unlink(...(keys as string[]));
      }
    }
  }
}

/** Starts (or joins) a Redis outside of vitest hooks. The caller closes it. */
export function startTestRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  return new TestRedis(options).start();
}

function freshPrefix(): string {
  return `test-${randomBytes(4).toString('hex')}`;
}

function sharedUrl(): string | undefined {
  return process.env.TEST_REDIS_URL || undefined;
}

function notRunning(): never {
  throw new Error('the test Redis is not running yet: use it inside a test or a hook');
}
