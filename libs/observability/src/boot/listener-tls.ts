import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { ListenerTlsOptions } from '../observability.options.js';
import { StartError } from '../start-error.js';

/** What the HTTPS server is made of. */
export interface ListenerTls {
  readonly cert: string;
  readonly key: string;
  /** Authorities of client certificates; none: clients are not asked for one. */
  readonly ca?: string;
  readonly requestCert: boolean;
  /** False: who has no certificate may still ask for health; the route of the metrics decides ({@link ClientCertificateGuard}). */
  readonly rejectUnauthorized: false;
}

/**
 * Reads certificate, key and authorities of the listener of health and metrics, once, at start.
 *
 * @returns undefined: it speaks plain HTTP.
 * @throws {StartError} a file is missing, is no PEM, or certificate and key do not belong together. The app must not start
 * with another door than it was told to have.
 */
export function readListenerTls({ enabled, certFile, keyFile, caFile }: ListenerTlsOptions): ListenerTls | undefined {
  if (!enabled) return undefined;
  const cert = readPem('observability.tls.cert_file', certFile);
  const key = readPem('observability.tls.key_file', keyFile);
  checkPair(cert, key, certFile, keyFile);
  const requestCert = caFile !== '';
  if (!requestCert) return { cert, key, requestCert, rejectUnauthorized: false };
  const ca = readPem('observability.tls.ca_file', caFile);
  checkCertificate('observability.tls.ca_file', ca, caFile);
  return { cert, key, ca, requestCert, rejectUnauthorized: false };
}

function checkPair(cert: string, key: string, certFile: string, keyFile: string): void {
  checkCertificate('observability.tls.cert_file', cert, certFile);
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    const message = `observability.tls.key_file: ${keyFile} is no private key of the certificate in ${certFile}`;
    throw new StartError(message, { cause });
  }
}

function checkCertificate(setting: string, pem: string, file: string): void {
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw new StartError(`${setting}: ${file} holds no certificate in PEM`, { cause });
  }
}

function readPem(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new StartError(`${setting}: cannot read ${file} (${why})`, { cause });
  }
}
