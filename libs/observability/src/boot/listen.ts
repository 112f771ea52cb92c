import type { INestApplication } from '@nestjs/common';
import { DEFAULT_PORTS, type ObservabilityOptions } from '../observability.options.js';
import { StartError } from '../start-error.js';

/** Where an app listens. */
export type ListenOptions = Pick<ObservabilityOptions, 'app' | 'bind' | 'metricsPort' | 'tls'>;

/**
 * Opens the listener of health and metrics.
 *
 * @returns its URL.
 * @throws {StartError} the port or the address cannot be had; the message names the setting to change.
 */
export async function listen(
  app: INestApplication,
  { app: name, bind, metricsPort, tls }: ListenOptions,
): Promise<string> {
  const port = metricsPort || DEFAULT_PORTS[name];
  try {
    await app.listen(port, bind);
  } catch (error) {
    throw explain(error as NodeJS.ErrnoException, bind, port);
  }
  return `${tls.enabled ? 'https' : 'http'}://${bind.includes(':') ? `[${bind}]` : bind}:${port}`;
}

function explain(error: NodeJS.ErrnoException, bind: string, port: number): Error {
  const setting = 'observability.metrics_port (or OBSERVABILITY_METRICS_PORT)';
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartError(`port ${port} on ${bind} is in use: set ${setting} to a free port`, { cause: error });
    case 'EACCES':
      return new StartError(`port ${port} needs privileges: set ${setting} to one above 1023`, { cause: error });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartError(`this machine has no address ${bind}: change observability.bind`, { cause: error });
    default:
      return error;
  }
}
