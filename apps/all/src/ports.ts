import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { DEFAULT_PORTS } from '@app/observability';
import type { AppName } from './role.js';

/** Where each app answers health and metrics. */
export type Ports = Readonly<Record<AppName, number>>;

/** The usual ports when `observability.metrics_port` is 0, else three in a row from there. */
export function plannedPorts(metricsPort: number): Ports {
  if (metricsPort === 0) return DEFAULT_PORTS;
  return { producer: metricsPort, worker: metricsPort + 1, admin: metricsPort + 2 };
}

/** The planned ports, and free ones instead of those that somebody else has. */
export async function freePorts(planned: Ports, bind: string): Promise<Ports> {
  return {
    producer: await freePort(planned.producer, bind),
    worker: await freePort(planned.worker, bind),
    admin: await freePort(planned.admin, bind),
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
