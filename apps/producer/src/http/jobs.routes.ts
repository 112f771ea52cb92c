import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { ProducerConfig } from '@app/config';
import { InspectService, type NewJob } from '@app/queue';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isBinaryEvent, readBinaryEvent, readStructuredEvent } from './cloud-event.js';
import { readIdempotencyKey, refuseIdempotencyKey, withIdempotencyKey } from './idempotency.js';
import { readJson } from './json-body.js';
import { JobIntake, type Taken } from './job-intake.service.js';
import { readJobRequest } from './job-request.js';
import { viewOf } from './job-view.js';
import { ARRAY_PATIENCE_MS, BODY_TIMEOUT_MS, MAX_JOBS_IN_ARRAY } from './limits.js';
import { type Line, linesOf } from './ndjson.js';
import { openApiDocument } from './openapi.js';
import { Problem } from './problem.js';
import { problemOf } from './problem-of.js';

const EVENT = 'application/cloudevents+json';
const EVENTS = 'application/cloudevents-batch+json';
const STREAMS = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];

type Read = (value: unknown) => NewJob;

/** Put in by the build (rolldown.config.mjs). */
const VERSION = process.env.BUILD_VERSION ?? 'development';

/** `POST /v1/jobs`, `GET /v1/jobs/:id` and `GET /docs`. */
@Injectable()
export class JobsRoutes {
  /** Aborted when the process stops: streams end after the batch under way. */
  private readonly stopping = new AbortController();

  constructor(
    private readonly config: ProducerConfig,
    private readonly intake: JobIntake,
    private readonly inspect: InspectService,
  ) {}

  register(server: FastifyInstance): void {
    server.removeAllContentTypeParsers();
    for (const type of ['application/json', EVENT, EVENTS, /^application\/[\w.-]+\+json/])
      server.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    server.addContentTypeParser(STREAMS, (_request, body, done) => done(null, body));
    server.post('/v1/jobs', (request, reply) => this.post(request, reply));
    server.get('/v1/jobs/:id', (request, reply) => this.get(request, reply));
    server.get('/docs', () => openApiDocument(VERSION));
  }

  /** Ends what could go on for long. */
  stop(): void {
    this.stopping.abort(new Problem(DRAINING));
  }

  private async get(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { id } = request.params as { id: string };
    return reply.send(viewOf(await this.inspect.findJob(id)));
  }

  private async post(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { headers, body } = request;
    if (body instanceof Readable) return this.takeStream(body, request, reply);
    const type = /^[^;\s]*/.exec(headers['content-type'] ?? '')![0].toLowerCase();
    const value = readJson((body as Buffer | undefined) ?? Buffer.alloc(0));
    if (type === EVENT) return this.takeOne(readStructuredEvent(value), request, reply);
    if (isBinaryEvent(headers)) return this.takeOne(readBinaryEvent(headers, value), request, reply);
    if (type === EVENTS) return this.takeArray(arrayOf(value), readStructuredEvent, request, reply);
    if (type !== 'application/json') throw new Problem(NO_JOBS);
    if (Array.isArray(value)) return this.takeArray(value, readJobRequest, request, reply);
    return this.takeOne(readJobRequest(value), request, reply);
  }

  private async takeOne(job: NewJob, { headers }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const key = readIdempotencyKey(headers['idempotency-key']);
    const keyed = key === undefined ? job : withIdempotencyKey(job, key);
    const { isNew, ...taken } = await this.intake.takeOne(keyed, key !== undefined);
    reply.code(isNew ? 201 : 200).header('location', `/v1/jobs/${encodeURIComponent(taken.id)}`);
    return reply.send(taken);
  }

  private async takeArray(
    values: readonly unknown[],
    read: Read,
    { headers }: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    refuseIdempotencyKey(headers['idempotency-key']);
    if (values.length > MAX_JOBS_IN_ARRAY) throw new Problem(tooMany(values.length));
    const results = await this.takeAll(values, read, ARRAY_PATIENCE_MS);
    return reply.send(results.map((taken, index) => ({ index, ...resultOf(taken) })));
  }

  private takeStream(body: Readable, { headers, raw }: FastifyRequest, reply: FastifyReply): FastifyReply {
    refuseIdempotencyKey(headers['idempotency-key']);
    reply.header('content-type', 'application/x-ndjson; charset=utf-8');
    const hangUp = () => this.stopping.signal.aborted && raw.socket.destroySoon(); // the rest of the body is not read
    reply.raw.once('finish', hangUp);
    return reply.send(Readable.from(this.resultLines(body, raw.socket), { objectMode: false }));
  }

  /**
   * Pulled by the client that reads its answers: one that does not read them is not read from either. The socket may be
   * silent for a while whenever it is the client's turn, and as long as it takes when it is ours.
   */
  private async *resultLines(body: Readable, socket: Socket): AsyncGenerator<string, void, undefined> {
    const { signal } = this.stopping;
    socket.setTimeout(BODY_TIMEOUT_MS);
    let number = 0;
    for await (const lines of linesOf(body, this.config.http.maxBodyBytes, signal)) {
      socket.setTimeout(0);
      const results = await this.takeAll(lines, readLine);
      socket.setTimeout(BODY_TIMEOUT_MS);
      number = lines.at(-1)!.number;
      yield results.map((taken, at) => toLine({ line: lines[at]!.number, ...resultOf(taken) })).join('');
    }
    if (signal.aborted) yield toLine({ line: number + 1, ...resultOf(signal.reason as Problem) });
  }

  /** Reads and stores; what cannot be read is a problem in its place. */
  private async takeAll<T>(values: readonly T[], read: (value: T) => NewJob, patienceMs = Infinity): Promise<Taken[]> {
    const readings = values.map((value) => this.tryRead(value, read));
    const jobs = readings.filter((reading): reading is NewJob => !(reading instanceof Problem));
    const taken = (await this.intake.takeMany(jobs, patienceMs, this.stopping.signal)).values();
    return readings.map((reading) => (reading instanceof Problem ? reading : taken.next().value!));
  }

  private tryRead<T>(value: T, read: (value: T) => NewJob): NewJob | Problem {
    try {
      const job = read(value);
      this.intake.checkKind(job.kind);
      return job;
    } catch (error) {
      const problem = problemOf(error);
      if (problem) return problem;
      throw error;
    }
  }
}

function readLine({ content }: Line): NewJob {
  if (content instanceof Problem) throw content;
  return readJobRequest(readJson(content));
}

function resultOf(taken: Taken): object {
  if (!(taken instanceof Problem)) return { status: taken.outcome === 'stored' ? 201 : 200, ...taken };
  return { outcome: taken.facts.status === 503 && taken.facts.id ? 'unknown' : 'refused', ...taken.body() };
}

function toLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

const NO_JOBS = {
  status: 415,
  code: 'unsupported-media-type',
  detail: 'a body of this Content-Type is a job only with the headers of a CloudEvent',
  remedy: 'send application/json, or the headers ce-specversion, ce-type, ce-source and ce-id',
};

const DRAINING = {
  status: 503,
  code: 'draining',
  detail: 'this process is stopping and read no further',
  remedy: 'send this job and all after it again, with the same keys',
  retryAfter: 1,
};

function tooMany(count: number): Problem['facts'] {
  const found = `${count} jobs`;
  const expected = `at most ${MAX_JOBS_IN_ARRAY}`;
  const remedy = 'send application/x-ndjson, or several arrays';
  const detail = `body: found ${found}, expected ${expected}`;
  return { status: 413, code: 'too-many-jobs', detail, remedy, field: 'body', found, expected };
}
