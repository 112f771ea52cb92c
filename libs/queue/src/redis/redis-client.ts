import {
  Cluster,
  Redis,
  type RedisOptions as ClientOptions,
  type SentinelConnectionOptions,
  SentinelConnector,
} from 'ioredis';
import type { RedisOptions, RedisTlsOptions } from '../queue.options.js';
import { parseAddress } from './redis-address.js';

/** Redis words after which a connection must be made anew: the server behind it cannot serve us. */
const RECONNECT_WORDS = /^(READONLY|LOADING|MASTERDOWN|UNBLOCKED)/;

/** How often the map of a cluster is read again, ms: a node that hangs is never told to have lost its slots. */
const MAP_REFRESH_MS = 5_000;

/** After which a connection that is given up is closed without waiting for the other side. */
const HANG_UP_MS = 50;

/** Sentinels that a connection listens to for the news of a failover. */
const SENTINELS_HEARD = 2;

/** One connection to one server, or connections to all masters of a cluster, where each call finds the right one. */
export type RedisClient = Redis | Cluster;

/** Where one server is. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * A client, by the options of the queue: nothing is queued while Redis is away, nothing is resent whose first sending may have
 * been executed, lost connections are made again for ever (ADR 0010). The caller listens to `error`, else Node ends the process.
 *
 * @param special - what this one does in another way
 */
export function openClient(options: RedisOptions, special: ClientOptions): RedisClient {
  return options.mode === 'cluster' ? openCluster(options, special) : openServer(options, special);
}

/** The same for one server: the one of these options, the master of the moment, or the node of a cluster at `node`. */
export function openServer(options: RedisOptions, special: ClientOptions, node?: ServerAddress): Redis {
  return new Redis({
    ...commonOptions(options),
    ...(node ?? whereabouts(options, special)),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: growingDelay,
    ...special,
  });
}

/** Redirections are followed: they are refusals. A connection that breaks is the caller's affair (`retryDelayOnFailover`). */
function openCluster(options: RedisOptions, special: ClientOptions): Cluster {
  const { lazyConnect = false, enableOfflineQueue = false, retryStrategy = growingDelay, ...ofNodes } = special;
  return new Cluster(options.cluster.addrs.map(parseAddress), {
    lazyConnect,
    clusterRetryStrategy: retryStrategy,
    enableOfflineQueue,
    retryDelayOnFailover: 0,
    slotsRefreshInterval: MAP_REFRESH_MS,
    // names stay names, for the check of certificates
    dnsLookup: (address, done) => done(null, address),
    redisOptions: { ...commonOptions(options), ...ofNodes },
  });
}

/** A sentinel that is away is asked again later; the library's listeners to failovers would print each attempt to stderr. */
class QuietSentinels extends SentinelConnector {
  constructor(options: unknown) {
    super(options as SentinelConnectionOptions);
    const connect = this['connectToSentinel'].bind(this) as (...args: unknown[]) => Redis;
    this['connectToSentinel'] = (...args: unknown[]) => connect(...args).on('error', () => {});
  }
}

function commonOptions({ username, password, db, tls, dialTimeoutMs }: RedisOptions): ClientOptions {
  return {
    db,
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(tls ? { tls: secureOptions(tls) } : {}),
    connectTimeout: dialTimeoutMs,
    // what a replaced master says after all counts for nothing
    disconnectTimeout: HANG_UP_MS,
    autoResubscribe: false,
    reconnectOnError: (error) => RECONNECT_WORDS.test(error.message),
  };
}

function whereabouts(options: RedisOptions, { retryStrategy = growingDelay }: ClientOptions): ClientOptions {
  const { mode, addr, tls, sentinel, readTimeoutMs } = options;
  if (mode !== 'sentinel') return parseAddress(addr);
  return {
    name: sentinel.masterName,
    sentinels: sentinel.addrs.map(parseAddress),
    ...(sentinel.username ? { sentinelUsername: sentinel.username } : {}),
    ...(sentinel.password ? { sentinelPassword: sentinel.password } : {}),
    ...(tls ? { sentinelTLS: secureOptions(tls), enableTLSForSentinelMode: true } : {}),
    sentinelCommandTimeout: readTimeoutMs,
    sentinelRetryStrategy: retryStrategy ?? (() => null),
    failoverDetector: true,
    Connector: QuietSentinels,
    sentinelMaxConnections: SENTINELS_HEARD,
  };
}

const growingDelay = (times: number): number =>
  Math.min(50 * 2 ** Math.min(times, 6), 2_000) * (0.75 + Math.random() / 2);

/** In the words of the client; what is empty is left to Node. */
function secureOptions({ ca, cert, key, serverName }: RedisTlsOptions): NonNullable<ClientOptions['tls']> {
  return {
    ...(ca ? { ca } : {}),
    ...(cert ? { cert, key } : {}),
    ...(serverName ? { servername: serverName } : {}),
  };
}
