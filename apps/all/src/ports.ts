import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { AppConfig } from '@app/config';
import { DEFAULT_PORTS } from '@app/observability';
import type { AppName } from './role.js';

/** Where each app answers health and metrics, and where the producer takes jobs. */
export type Ports = Readonly<Record<AppName | 'ingest', number>>;

/** What the ports depend on. */
type PortSettings = Pick<AppConfig, 'observability' | 'producer'>;

/** The usual ports when `observability.metrics_port` is 0, else three in a row from there; and `producer.http.port`. */
export function plannedPorts({ observability: { metricsPort }, producer }: PortSettings): Ports {
  const ingest = producer.http.port;
  if (metricsPort === 0) return { ...DEFAULT_PORTS, ingest };
  return { producer: metricsPort, worker: metricsPort + 1, admin: metricsPort + 2, ingest };
}

/** The planned ports, and free ones instead of those that somebody else has. */
export async function freePorts(planned: Ports, { observability: { bind }, producer }: PortSettings): Promise<Ports> {
  return {
    producer: await freePort(planned.producer, bind),
    worker: await freePort(planned.worker, bind),
    admin: await freePort(planned.admin, bind),
    ingest: producer.http.enabled ? await freePort(planned.ingest, producer.http.bind) : planned.ingest,
  };
}

async function freePort(wanted: number, bind: string): Promise<number> {
  return (await tryListen(wanted, bind)) ?? (await tryListen(0, bind))!;
}

async function tryListen(port: number, bind: string): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, bind);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } catch {
    return undefined;
  } finally {
    server.close();
  }
}
