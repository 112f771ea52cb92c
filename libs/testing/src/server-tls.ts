import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { ServerTls } from './certificates.js';

/** Below the ephemeral range, and 10,000 below the bus of a cluster. */
export const randomPort = (): number => randomInt(20_000, 32_000);

/** Settings of a server or sentinel that speaks TLS at this port, to its replicas and its cluster as well, and demands a certificate. */
export function tlsSettings(tls: ServerTls, port: number): readonly (readonly [name: string, value: string])[] {
  return [
    ['tls-port', String(port)],
    ['tls-cert-file', tls.certFile],
    ['tls-key-file', tls.keyFile],
    ['tls-ca-cert-file', tls.caFile],
    ['tls-auth-clients', 'yes'],
    ['tls-replication', 'yes'],
    ['tls-cluster', 'yes'],
  ];
}

export function asArguments(settings: readonly (readonly [string, string])[]): string[] {
  return settings.flatMap(([name, value]) => [`--${name}`, value]);
}

/** How a client of a spec reaches such a server. */
export function clientTls(tls: ServerTls): ConnectionOptions {
  const read = (file: string) => readFileSync(file, 'utf8');
  return { cert: read(tls.certFile), key: read(tls.keyFile), ca: read(tls.caFile) };
}
