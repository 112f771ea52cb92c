import type { Socket } from 'node:net';
import type { HttpMetrics } from '@app/observability';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Knows each request from its headers to its end, however it ends: a client may go away at any time, and then Fastify's own
 * hooks are not called. It stops the time that the body may take, and counts.
 */
export class RequestsUnderWay {
  private readonly sockets = new WeakSet<Socket>();

  constructor(private readonly metrics: HttpMetrics) {}

  begin(request: FastifyRequest, reply: FastifyReply): void {
    const { socket } = request.raw;
    const startedMs = performance.now();
    this.sockets.add(socket);
    reply.raw.once('close', () => {
      clearTimeout(request.bodyTimer); // it would hold the request for as long as it runs
      this.sockets.delete(socket);
      const code = reply.raw.headersSent ? reply.raw.statusCode : undefined;
      this.metrics.count(request.routeOptions.url, code, performance.now() - startedMs);
    });
  }

  /** A connection was given up. If a request was under way there, it is counted as that. */
  giveUp(socket: Socket, code: number): void {
    if (!this.sockets.has(socket)) this.metrics.countRefused(code);
  }
}
