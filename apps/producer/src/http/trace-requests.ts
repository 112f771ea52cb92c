import type { RequestSpans, RequestTrace } from '@app/observability';
import type { FastifyInstance } from 'fastify';

/** Every request gets a span; what its handler enqueues is part of that trace. */
export function traceRequests(server: FastifyInstance, spans: RequestSpans): void {
  server.decorateRequest('trace', undefined);
  server.addHook('onRequest', (request, reply, done) => {
    const { method, headers, routeOptions } = request;
    const trace = spans.begin({ method, headers, route: routeOptions.url ?? 'unknown' });
    request.trace = trace;
    reply.raw.once('close', () => trace.ended(reply.statusCode));
    done();
  });
  // Reading the body left the asynchronous context of the request: the handler is led into its trace here.
  server.addHook('preHandler', (request, _reply, done) => request.trace?.enter(done));
}

declare module 'fastify' {
  interface FastifyRequest {
    trace: RequestTrace | undefined;
  }
}
