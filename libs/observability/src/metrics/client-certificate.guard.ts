import type { TLSSocket } from 'node:tls';
import { type CanActivate, type ExecutionContext, ForbiddenException, Inject, Injectable } from '@nestjs/common';
import { OBSERVABILITY_OPTIONS, type ObservabilityOptions } from '../observability.options.js';

/**
 * Lets a scrape through when its client shows a certificate of an authority in `observability.tls.ca_file`, or when none is
 * named. Only the metrics are behind it: a kubelet has no certificate to ask for health with.
 */
@Injectable()
export class ClientCertificateGuard implements CanActivate {
  private readonly isDemanded: boolean;

  constructor(@Inject(OBSERVABILITY_OPTIONS) { tls }: ObservabilityOptions) {
    this.isDemanded = tls.enabled && tls.caFile !== '';
  }

  canActivate(context: ExecutionContext): boolean {
    if (!this.isDemanded) return true;
    const { socket } = context.switchToHttp().getRequest<{ readonly socket: TLSSocket }>();
    if (hasGoodCertificate(socket)) return true;
    throw new ForbiddenException('the metrics need a client certificate of an authority in observability.tls.ca_file');
  }
}

/**
 * `authorized` alone is not enough: a TLS 1.3 session that began without a certificate and is resumed counts as authorized,
 * and one that began with a certificate may outlive it.
 */
function hasGoodCertificate(socket: TLSSocket): boolean {
  const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
  return certificate !== undefined && Date.parse(certificate.validTo) > Date.now();
}
