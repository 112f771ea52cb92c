/** TLS to Redis, all as PEM text. The certificate of the server is always checked. */
export interface RedisTlsOptions {
  /** Authorities to trust; empty: those that Node trusts. */
  readonly ca: string;
  /** Of this client, when the server asks for one; empty: none. */
  readonly cert: string;
  readonly key: string;
  /** Name that the certificate of the server must carry; empty: the host of the address. */
  readonly serverName: string;
}

/** `standalone`: one server. `sentinel`: the master that sentinels name. `cluster`: a slot a partition, on any master. */
export type RedisMode = 'standalone' | 'sentinel' | 'cluster';

/** Who says which server is the master. */
export interface RedisSentinelOptions {
  /** Name of the master that the sentinels watch. */
  readonly masterName: string;
  /** `host:port` of the sentinels. */
  readonly addrs: readonly string[];
  /** Of the sentinels themselves; empty: they ask for none. */
  readonly username: string;
  readonly password: string;
}

/** How to reach Redis, and how long to wait for it. All times in ms. */
export interface RedisOptions {
  readonly mode: RedisMode;
  /** `host:port`, or `redis://` / `rediss://` URL; of a standalone server. */
  readonly addr: string;
  readonly sentinel: RedisSentinelOptions;
  /** `host:port` of some nodes of a cluster; the others are found. */
  readonly cluster: { readonly addrs: readonly string[] };
  readonly username: string;
  readonly password: string;
  readonly db: number;
  /** Nothing: TLS only when the address is a `rediss://` URL. */
  readonly tls?: RedisTlsOptions | undefined;
  /** Script connections of a process: `clamp(round(2 × multiplier), 1, 16)`. */
  readonly poolSizeMultiplier: number;
  /** How many of them are opened at start; the others open when the open ones are busy. */
  readonly minIdleConns: number;
  readonly dialTimeoutMs: number;
  /** Reply to one command. */
  readonly readTimeoutMs: number;
  /** A whole enqueue, retries included; then its outcome is `unknown`. */
  readonly writeTimeoutMs: number;
  /** Retries of an idempotent call within its deadline. */
  readonly maxRetries: number;
  /** For commands of a person: connect at the first call, give up at the first failure. Default: keep trying for ever. */
  readonly failFast: boolean;
}

/** Which completed jobs stay readable. The dead letter queue is never trimmed. */
export interface CompletedOptions {
  readonly keepCount: number;
  readonly keepForMs: number;
}

/** What every process that touches the queue must agree on. */
export interface QueueOptions {
  readonly redis: RedisOptions;
  /** First part of every key. Two prefixes never see each other. */
  readonly prefix: string;
  /** Queues in order of priority; the first is served first by a strict worker, the last is the default of `enqueue`. */
  readonly names: readonly string[];
  /** Fixed at the first start and stored in Redis; an app with another count refuses to start. */
  readonly partitions: number;
  readonly maxPayloadBytes: number;
  /** Waiting jobs (ready) of one queue in one partition; 0: no limit. */
  readonly maxLength: number;
  /** How long a unique key is remembered, also after its job is gone. */
  readonly uniqueWindowMs: number;
  readonly completed: CompletedOptions;
}

/** `strict`: the first queue with work. `weighted`: shares by weight, so that no queue starves. */
export type PriorityMode = 'strict' | 'weighted';

/** Growing delay before a retry: `random(0, min(maxMs, baseMs × 2^(attempt − 1)))` (full jitter). */
export interface BackoffOptions {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** When a kind of job that keeps failing is left alone for a while. */
export interface CircuitBreakerOptions {
  /** Share of failed attempts that opens the breaker, above 0, at most 1. */
  readonly failureThreshold: number;
  /** How far back attempts are counted. */
  readonly windowMs: number;
  /** How long no job of the kind is tried once it is open. */
  readonly cooldownPeriodMs: number;
  /** Attempts within the window before there is a verdict. */
  readonly minSamples: number;
}

/**
 * A program that starts the same application again, with the same handlers, as `node <entry> <args>`. `WorkerModule` finds
 * the job in its environment, runs it while the application boots, and ends the process.
 */
export interface SoloOptions {
  /** Path of the program. */
  readonly entry: string;
  readonly args?: readonly string[];
}

/** How one worker process runs jobs. */
export interface WorkerOptions {
  /** Jobs run at once by this process. */
  readonly count: number;
  /** The queues served, in order. */
  readonly priorities: readonly string[];
  readonly priorityMode: PriorityMode;
  readonly weights: Readonly<Record<string, number>>;
  /** Lease of a worker: renewed four times within it, taken away when it is over. */
  readonly heartbeatTtlMs: number;
  /** Retries after the first attempt, for jobs that bring no number of their own. */
  readonly maxRetries: number;
  readonly backoff: BackoffOptions;
  /** Of the breaker of each kind, which all workers share: give all of them the same. */
  readonly circuitBreaker: CircuitBreakerOptions;
  /** For jobs and kinds that bring no timeout of their own. */
  readonly jobTimeoutMs: number;
  /** How long a drain waits for handlers before it aborts them. */
  readonly shutdownTimeoutMs: number;
  /** Jobs that may be claimed ahead of a free slot while handlers are short; 0: none. Bends strict priority by so many jobs. */
  readonly prefetch: number;
  /** Crashes of a job that ran alone after which it is dead, unless its process ended in a way that convicts at once. */
  readonly maxCrashes: number;
  /** How long handlers may keep the main loop busy before the lease is given up. */
  readonly maxBlockMs: number;
  /** How to start a process that runs one job alone. Without it, jobs that take their process down go on running among others. */
  readonly solo?: SoloOptions;
  /** Of the application, as lists of workers show it. */
  readonly version: string;
}

/** All fields optional, at every depth; lists and weights are taken whole. */
export type DeepPartial<T> = {
  readonly [K in keyof T]?: T[K] extends readonly unknown[] | Readonly<Record<string, number>>
    ? T[K]
    : T[K] extends object
      ? DeepPartial<T[K]>
      : T[K];
};

/** Options as a caller gives them; what is missing comes from {@link DEFAULT_QUEUE_OPTIONS}. */
export type QueueModuleOptions = DeepPartial<QueueOptions>;
/** Options as a caller gives them; what is missing comes from {@link DEFAULT_WORKER_OPTIONS}. */
export type WorkerModuleOptions = DeepPartial<WorkerOptions>;

/** The defaults of every process. */
export const DEFAULT_QUEUE_OPTIONS: QueueOptions = {
  redis: {
    mode: 'standalone',
    addr: 'localhost:6379',
    sentinel: { masterName: '', addrs: [], username: '', password: '' },
    cluster: { addrs: [] },
    username: '',
    password: '',
    db: 0,
    poolSizeMultiplier: 1,
    minIdleConns: 1,
    dialTimeoutMs: 5_000,
    readTimeoutMs: 3_000,
    writeTimeoutMs: 3_000,
    maxRetries: 3,
    failFast: false,
  },
  prefix: 'jobqueue',
  names: ['high', 'low'],
  partitions: 1,
  maxPayloadBytes: 262_144,
  maxLength: 0,
  uniqueWindowMs: 86_400_000,
  completed: { keepCount: 1_000, keepForMs: 86_400_000 },
};

/** The defaults of a worker. */
export const DEFAULT_WORKER_OPTIONS: WorkerOptions = {
  count: 16,
  priorities: ['high', 'low'],
  priorityMode: 'strict',
  weights: { high: 5, low: 1 },
  heartbeatTtlMs: 30_000,
  maxRetries: 3,
  backoff: { baseMs: 500, maxMs: 10_000 },
  circuitBreaker: { failureThreshold: 0.5, windowMs: 60_000, cooldownPeriodMs: 30_000, minSamples: 20 },
  jobTimeoutMs: 600_000,
  shutdownTimeoutMs: 25_000,
  prefetch: 0,
  maxCrashes: 3,
  maxBlockMs: 60_000,
  version: 'unknown',
};

/** Fills in what the caller left out. */
export function resolveQueueOptions(given: QueueModuleOptions = {}): QueueOptions {
  return {
    ...DEFAULT_QUEUE_OPTIONS,
    ...given,
    redis: resolveRedisOptions(given.redis),
    completed: { ...DEFAULT_QUEUE_OPTIONS.completed, ...given.completed },
  };
}

function resolveRedisOptions(given: DeepPartial<RedisOptions> = {}): RedisOptions {
  const { redis } = DEFAULT_QUEUE_OPTIONS;
  return {
    ...redis,
    ...given,
    sentinel: { ...redis.sentinel, ...given.sentinel },
    cluster: { ...redis.cluster, ...given.cluster },
  };
}

/** Fills in what the caller left out. Without `priorities` a worker serves every queue. */
export function resolveWorkerOptions(
  given: WorkerModuleOptions = {},
  names = DEFAULT_QUEUE_OPTIONS.names,
): WorkerOptions {
  return {
    ...DEFAULT_WORKER_OPTIONS,
    priorities: names,
    ...given,
    backoff: { ...DEFAULT_WORKER_OPTIONS.backoff, ...given.backoff },
    circuitBreaker: { ...DEFAULT_WORKER_OPTIONS.circuitBreaker, ...given.circuitBreaker },
  };
}
