import { list } from '../schema/collection-types.js';
import { bool, duration, integer, oneOf, positiveNumber, text, textLike } from '../schema/scalar-types.js';
import { Section, Setting } from '../schema/setting.decorator.js';
import { HOST_AND_PORT } from './patterns.js';

const ADDRESSES = { items: 'host:port addresses', pattern: HOST_AND_PORT };

/** `redis.tls` */
class RedisTlsConfig {
  @Setting(bool(), 'Speak TLS to Redis, and check its certificate')
  readonly enabled: boolean = false; // the ordinary Redis is on the same host or in the same private network

  @Setting(text(), 'File with the certificates of the authorities to trust; empty: those that Node trusts')
  readonly caFile: string = ''; // those that Node trusts

  @Setting(text(), "File with the client's certificate, when Redis asks for one")
  readonly certFile: string = ''; // none: only the server proves who it is

  @Setting(text(), "File with the client's key; belongs to cert_file")
  readonly keyFile: string = ''; // belongs to cert_file

  @Setting(text(), 'Name that the server certificate must carry; empty: the host of redis.addr')
  readonly serverName: string = ''; // the host of redis.addr
}

/** `redis.sentinel` */
class RedisSentinelConfig {
  @Setting(text(), 'Name of the master that the sentinels watch')
  readonly masterName: string = ''; // no sentinels

  @Setting(list(ADDRESSES), 'Addresses of the sentinels; one that answers is enough')
  readonly addrs: readonly string[] = []; // no sentinels

  @Setting(text(), 'ACL user of the sentinels themselves; empty: the default user')
  readonly username: string = ''; // the default user

  @Setting(text(), 'Password of the sentinels themselves; empty: they ask for none', { secret: true })
  readonly password: string = ''; // a fresh sentinel has none
}

/** `redis.cluster` */
class RedisClusterConfig {
  @Setting(list(ADDRESSES), 'Addresses of some nodes of the cluster; the others are found')
  readonly addrs: readonly string[] = []; // no cluster
}

/** `redis`: how to reach Redis, and how long to wait for it. */
export class RedisConfig {
  @Setting(
    oneOf('standalone', 'sentinel', 'cluster'),
    'How Redis is run: one server at redis.addr, a master that sentinels name, or a cluster',
  )
  readonly mode: 'standalone' | 'sentinel' | 'cluster' = 'standalone'; // one server

  @Setting(
    text(),
    'Where Redis is, as `redis://user:password@host:port/db`: another spelling of addr, username, password and db; `rediss://` for TLS',
    { secret: true },
  )
  readonly url: string = ''; // addr and its neighbours are easier to override one by one

  @Setting(textLike(HOST_AND_PORT, 'host:port, such as localhost:6379'), 'Where Redis is; for redis.mode standalone')
  readonly addr: string = 'localhost:6379'; // a Redis on this machine; never reached by a mistyped --config

  @Setting(text(), 'ACL user; empty: the default user')
  readonly username: string = ''; // the default user

  @Setting(text(), 'Password of the user; empty: no login', { secret: true })
  readonly password: string = ''; // a fresh Redis has none

  @Setting(integer({ min: 0, max: 65_535 }), 'Number of the database')
  readonly db: number = 0; // what every client uses that is not told otherwise

  @Setting(positiveNumber({ max: 8 }), 'Size of the pool: 2 × this many connections for scripts, rounded, from 1 to 16')
  readonly poolSizeMultiplier: number = 1; // two calls in flight keep Redis and Node busy at the same time

  @Setting(integer({ min: 0, max: 16 }), 'How many of them are opened at start; the others when the open ones are busy')
  readonly minIdleConns: number = 1; // the first call finds an open connection

  @Setting(duration({ min: '1ms' }), 'How long to wait for a connection')
  readonly dialTimeoutMs: number = 5_000; // a second attempt at SYN takes 1 s, a third 3 s

  @Setting(duration({ min: '1ms' }), 'How long to wait for the reply to one command')
  readonly readTimeoutMs: number = 3_000; // far above any script of ours, below what a person waits

  @Setting(duration({ min: '1ms' }), 'How long a whole enqueue may take, retries included; then its outcome is unknown')
  readonly writeTimeoutMs: number = 3_000; // a caller over HTTP gives up soon after

  @Setting(integer({ min: 0, max: 100 }), 'How often an idempotent call is repeated before its deadline')
  readonly maxRetries: number = 3; // rides over one broken connection and its successor

  @Section(RedisTlsConfig)
  readonly tls: RedisTlsConfig = new RedisTlsConfig();

  @Section(RedisSentinelConfig)
  readonly sentinel: RedisSentinelConfig = new RedisSentinelConfig();

  @Section(RedisClusterConfig)
  readonly cluster: RedisClusterConfig = new RedisClusterConfig();
}
