/** A binary that answers `--version` with 7 or later, and the variables it needs to run. */
export interface RedisBinary {
  bin: string;
  env: Record<string, string>;
}

export interface FindRedisOptions {
  /** Told one line before something slow (a download) begins. */
  log?: (line: string) => void;
}

export interface StartRedisOptions {
  /** Data folder. Data found there is loaded, and stays after `stop()`. Default: a temporary folder, deleted by `stop()`. */
  dir?: string;
  /** Default: a free one, outside the ephemeral range. A given port that is taken is an error. */
  port?: number;
  /** Default: a random one. Give the old one to restart a server its clients still know. */
  password?: string;
  /** Default: `everysec`. */
  appendfsync?: 'always' | 'everysec' | 'no';
  /** More settings, as command line arguments: `['--maxmemory', '10mb']`. They win over the settings above. */
  extraArgs?: string[];
}

export interface RedisServer {
  /** With the password in it. */
  url: string;
  host: string;
  port: number;
  password: string;
  pid: number;
  dir: string;
  /** Settles when the server has ended, whoever ended it. */
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** SIGTERM, waits for the end, removes the data folder when `startRedis` made it. May be called twice. */
  stop(): Promise<void>;
  /** Sends a signal (default SIGKILL), keeps the data; waits for the end, but for SIGSTOP and SIGCONT. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Finds a redis-server or valkey-server, 7 or later: REDIS_SERVER_BIN, PATH, `.cache/redis`, else Debian's packages are
 * fetched into `.cache/redis` (no root needed).
 *
 * @throws {Error} none is there and none can be fetched; the message names the remedy.
 */
export function findRedis(options?: FindRedisOptions): Promise<RedisBinary>;

/** What `findRedis` would return without fetching anything; undefined when this machine has none. */
export function findLocalRedis(): Promise<RedisBinary | undefined>;

/**
 * Starts a private server on 127.0.0.1: AOF on, `noeviction`, a password. It ends with this process.
 *
 * @throws {Error} it ended before it was ready, the given port is taken, or no binary was found; carries the log's end.
 */
export function startRedis(options?: StartRedisOptions): Promise<RedisServer>;
