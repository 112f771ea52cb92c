import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { ServerTls } from './certificates.js';

/** Below the ephemeral range, also with the 10,000 that lie between the port of a node and its bus. */
const randomPort = (): number => randomInt(20_000, 22_700);
const PORT_TRIES = 20;

/** Starts something at a port that nobody has, with another try when somebody has it after all. */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await start(randomPort());
    } catch (error) {
      if (tries === PORT_TRIES || !/already in use/i.test((error as Error).message)) throw error;
    }
  }
}

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
