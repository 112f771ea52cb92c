import { Redis, type RedisOptions as ClientOptions } from 'ioredis';
import type { RedisOptions, RedisTlsOptions } from '../queue.options.js';
import { parseAddress } from './redis-address.js';

/** Redis words after which a connection must be made anew: the server behind it cannot serve us. */
const RECONNECT_WORDS = /^(READONLY|LOADING|MASTERDOWN|UNBLOCKED)/;

/**
 * One connection, by the options of the queue: nothing is queued while Redis is away, nothing is resent, lost connections are
 * made again for ever (ADR 0010). The caller listens to `error`, else Node ends the process.
 *
 * @param special - what this one does in another way
 */
export function openClient(options: RedisOptions, special: ClientOptions): Redis {
  const { addr, username, password, db, tls, dialTimeoutMs } = options;
  return new Redis({
    db,
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...parseAddress(addr),
    ...(tls ? { tls: secureOptions(tls) } : {}),
    connectTimeout: dialTimeoutMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 2_000) * (0.75 + Math.random() / 2),
    reconnectOnError: (error) => RECONNECT_WORDS.test(error.message),
    ...special,
  });
}

/** In the words of the client; what is empty is left to Node. */
function secureOptions({ ca, cert, key, serverName }: RedisTlsOptions): NonNullable<ClientOptions['tls']> {
  return {
    ...(ca ? { ca } : {}),
    ...(cert ? { cert, key } : {}),
    ...(serverName ? { servername: serverName } : {}),
  };
}
