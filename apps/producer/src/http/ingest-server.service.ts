import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { ProducerConfig } from '@app/config';
import { BearerToken, HttpMetrics, StartError, Tracing } from '@app/observability';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { JobsRoutes } from './jobs.routes.js';
import { BODY_TIMEOUT_MS, DRAIN_MS, HEADERS_TIMEOUT_MS, KEEP_ALIVE_MS, MAX_HEADER_BYTES } from './limits.js';
import { Problem, type ProblemFacts } from './problem.js';
import { internalProblem, problemOf } from './problem-of.js';
import { RequestsUnderWay } from './requests-under-way.js';
import { traceRequests } from './trace-requests.js';

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/**
 * Jobs over HTTP, on a listener of their own: Fastify without Nest's routing, made and stopped with the app. A request is
 * let in by its headers, before a byte of its body is read. On shutdown no request is accepted any more, and those under
 * way are finished.
 */
@Injectable()
export class IngestServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(IngestServer.name);
  private server?: FastifyInstance;
  private readonly underWay: RequestsUnderWay;
  private isDraining = false;

  constructor(
    private readonly config: ProducerConfig,
    private readonly routes: JobsRoutes,
    private readonly tracing: Tracing,
    metrics: HttpMetrics,
  ) {
    this.underWay = new RequestsUnderWay(metrics);
  }

  /** @throws {StartError} the port or the token file cannot be had. */
  async onApplicationBootstrap(): Promise<void> {
    const { enabled, bind, port, bearerTokenFile } = this.config.http;
    if (!enabled) return;
    const token = BearerToken.read('producer.http.bearer_token_file', bearerTokenFile);
    this.server = this.build(token);
    try {
      this.logger.log(`jobs are taken on ${await this.server.listen({ host: bind, port })}/v1/jobs`);
    } catch (error) {
      throw explain(error as NodeJS.ErrnoException, bind, port);
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isDraining = true;
    this.routes.stop();
    const timer = setTimeout(() => this.server?.server.closeAllConnections(), DRAIN_MS);
    await this.server?.close();
    clearTimeout(timer);
  }

  private build(token: BearerToken): FastifyInstance {
    const { maxBodyBytes, maxConnections } = this.config.http;
    const server = fastify({
      bodyLimit: maxBodyBytes,
      keepAliveTimeout: KEEP_ALIVE_MS,
      http: { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: 1_000 },
      routerOptions: { maxParamLength: 512 },
      forceCloseConnections: 'idle',
      return503OnClosing: false,
      clientErrorHandler: (error, socket) => this.underWay.giveUp(socket, refuseConnection(error, socket)),
      frameworkErrors: (error, _request, reply) => this.fail(error, reply as FastifyReply),
    });
    (server.server as Server).maxConnections = maxConnections;
    if (this.tracing.requests) traceRequests(server, this.tracing.requests);
    server.addHook('onRequest', (request, reply, done) => done(this.refusalOf(request, reply, token)));
    server.addHook('preValidation', stopBodyTimer);
    server.addHook('onSend', (_request, reply, payload, done) => {
      if (this.isDraining) reply.header('connection', 'close');
      done(null, payload);
    });
    server.decorateRequest('bodyTimer', undefined);
    server.setErrorHandler((error, _request, reply) => this.fail(error, reply));
    server.setNotFoundHandler((request, reply) => this.fail(notFound(request), reply));
    this.routes.register(server);
    return server;
  }

  /** Decides by the headers. Also begins to count the time that the body may take. */
  private refusalOf(request: FastifyRequest, reply: FastifyReply, token: BearerToken): Problem | undefined {
    const { headers } = request;
    this.underWay.begin(request, reply);
    if (!token.accepts(headers.authorization)) {
      reply.header('www-authenticate', 'Bearer realm="jobs"');
      return new Problem(UNAUTHORIZED);
    }
    if (this.isDraining) return new Problem(STOPPING);
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') return new Problem(ENCODED);
    request.bodyTimer = setTimeout(() => this.fail(new Problem(TOO_SLOW), reply), BODY_TIMEOUT_MS).unref();
    return undefined;
  }

  private fail(error: unknown, reply: FastifyReply): void {
    if (reply.sent) return;
    const problem = problemOf(error) ?? internalProblem();
    const { status, retryAfter } = problem.facts;
    if (status === 500) this.logger.error({ msg: 'a request failed', err: error });
    if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
    if (status === 401 || status === 408 || status === 413 || status === 415) reply.header('connection', 'close'); // the rest of the body is not read
    void reply.code(status).header('content-type', PROBLEM_TYPE).send(JSON.stringify(problem.body()));
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    bodyTimer: NodeJS.Timeout | undefined;
  }
}

const UNAUTHORIZED: ProblemFacts = {
  status: 401,
  code: 'unauthorized',
  detail: 'Authorization: found no valid token, expected "Bearer" and the token of producer.http.bearer_token_file',
  remedy: 'send the token as Authorization: Bearer <token>',
  field: 'Authorization',
};

const STOPPING: ProblemFacts = {
  status: 503,
  code: 'draining',
  detail: 'this process is stopping',
  remedy: 'send it again; another process takes it',
  retryAfter: 1,
};

const ENCODED: ProblemFacts = {
  status: 415,
  code: 'unsupported-media-type',
  detail: 'Content-Encoding: bodies are not compressed here',
  remedy: 'send the body as it is',
  field: 'Content-Encoding',
};

const TOO_SLOW: ProblemFacts = {
  status: 408,
  code: 'body-too-slow',
  detail: `the body took more than ${BODY_TIMEOUT_MS / 1_000} s`,
  remedy: 'send it again with the same key, faster or in smaller parts',
};

function stopBodyTimer({ bodyTimer }: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  clearTimeout(bodyTimer);
  done();
}

function notFound({ method, url }: FastifyRequest): Problem {
  const found = `${method} ${url.slice(0, 100)}`;
  const detail = `there is no ${found}`;
  const remedy = 'POST /v1/jobs, GET /v1/jobs/{id}; GET /docs describes both';
  return new Problem({ status: 404, code: 'no-such-route', detail, remedy, found });
}

/** What is not even HTTP: Node has given up the connection, so this is written by hand. @returns the status. */
function refuseConnection(error: Error & { code?: string }, socket: Socket): number {
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400;
  const detail = { 431: `the headers are larger than ${MAX_HEADER_BYTES} bytes`, 408: 'the headers took too long' };
  const facts = { status, code: 'invalid-request', remedy: 'send a valid HTTP/1.1 request' };
  const body = JSON.stringify(new Problem({ ...facts, detail: detail[status as 431] ?? 'this is not HTTP' }).body());
  const head = `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: ${PROBLEM_TYPE}\r\n`;
  if (socket.writable) socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  else socket.destroy();
  return status;
}

function explain(error: NodeJS.ErrnoException, bind: string, port: number): Error {
  const options = { cause: error };
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartError(`port ${port} on ${bind} is in use: set producer.http.port to a free port`, options);
    case 'EACCES':
      return new StartError(`port ${port} needs privileges: set producer.http.port to one above 1023`, options);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartError(`this machine has no address ${bind}: change producer.http.bind`, options);
    default:
      return error;
  }
}
