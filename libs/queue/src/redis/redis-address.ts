import { QueueError } from '../errors/queue-error.js';
import type { RedisOptions } from '../queue.options.js';

/** Host and port, and what a URL says beyond them, in the words of the client. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls?: Record<string, never>;
}

/**
 * Reads `host:port`, `[::1]:6379`, or a `redis://` or `rediss://` URL.
 *
 * @throws {QueueError} `invalid-options`: it is none of them. The message never repeats a password.
 */
export function parseAddress(addr: string): RedisAddress {
  return addr.includes('://') ? parseUrl(addr) : parseHostPort(addr);
}

/** Where Redis is, for people: no user, no password. `host:port/db`; `cluster host:port, …`; `main at sentinels host:port, …`. */
export function describeRedis({ mode, addr, db, sentinel, cluster }: RedisOptions): string {
  if (mode === 'cluster') return `cluster ${cluster.addrs.join(', ')}`;
  if (mode === 'sentinel') return `${sentinel.masterName} at sentinels ${sentinel.addrs.join(', ')}`;
  const address = parseAddress(addr);
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}/${address.db ?? db}`;
}

function parseHostPort(addr: string): RedisAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/@\s]+))(?::(\d{1,5}))?$/.exec(addr);
  const port = Number(match?.[3] ?? 6379);
  if (!match || port < 1 || port > 65_535) throw invalid('host:port');
  return { host: match[1] ?? match[2] ?? '', port };
}

function parseUrl(addr: string): RedisAddress {
  const url = URL.parse(addr);
  if (!url || !['redis:', 'rediss:'].includes(url.protocol) || !url.hostname)
    throw invalid('redis://[user:password@]host[:port][/db]');
  const db = url.pathname.slice(1);
  if (!/^\d*$/.test(db)) throw invalid('a database number after the last slash');
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 6379),
    ...(url.username ? { username: decodeURIComponent(url.username) } : {}),
    ...(url.password ? { password: decodeURIComponent(url.password) } : {}),
    ...(db ? { db: Number(db) } : {}),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
  };
}

function invalid(expected: string): QueueError {
  return new QueueError('invalid-options', `redis address: expected ${expected}`);
}
