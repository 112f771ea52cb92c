import { JOB_FIELDS } from './job-request.js';
import { MAX_JOBS_IN_ARRAY } from './limits.js';

type Schema = Readonly<Record<string, unknown>>;

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const text = (description: string, more: Schema = {}): Schema => ({ type: 'string', description, ...more });
const count = (description: string): Schema => ({ type: 'integer', minimum: 0, description });
const orNull = (type: string, description: string, more: Schema = {}): Schema => ({
  type: [type, 'null'],
  description,
  ...more,
});
const json = (schema: Schema): Schema => ({ 'application/json': { schema } });
const problem = (description: string, headers?: Schema): Schema => ({
  description,
  ...(headers && { headers }),
  content: { 'application/problem+json': { schema: ref('Problem') } },
});

const RETRY_AFTER = { 'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer', minimum: 1 } } };
const LOCATION = { Location: { description: 'Path of the job', schema: { type: 'string' } } };

const FIELD_SCHEMAS: Readonly<Record<(typeof JOB_FIELDS)[number], Schema>> = {
  kind: text('What is to be done; a worker has a handler for it', { pattern: '^[a-z][a-z0-9._-]{0,63}$' }),
  queue: text('One of queue.names; left out: the last of them'),
  payload: { description: 'Any JSON value; with the record of the job at most queue.max_payload_bytes' },
  id: text('Id of the job; a key as long as the job is kept', { pattern: '^[A-Za-z0-9._:-]{1,128}$' }),
  uniqueKey: text('While it is remembered (queue.unique_window) no second job with it is stored; at most 512 bytes', {
    minLength: 1,
  }),
  runAt: text('Earliest start, RFC 3339 with an offset', { format: 'date-time' }),
  delay: text('Earliest start from now, a duration such as 30s or 1h30m'),
  maxRetries: { type: 'integer', minimum: 0, maximum: 1_000, description: 'Retries after the first attempt' },
  timeout: text('Longest run, a duration such as 30s or 1m30s'),
};

const SCHEMAS = {
  NewJob: { type: 'object', required: ['kind', 'payload'], additionalProperties: false, properties: FIELD_SCHEMAS },
  CloudEvent: {
    type: 'object',
    description: 'CloudEvents 1.0: type is the kind, source and id are the unique key, data is the payload',
    required: ['specversion', 'type', 'source', 'id'],
    properties: {
      specversion: { const: '1.0' },
      type: text('The kind of the job'),
      source: text('With id, the unique key', { format: 'uri-reference' }),
      id: text('With source, the unique key'),
      data: { description: 'The payload' },
    },
  },
  TakenJob: {
    type: 'object',
    required: ['id', 'queue', 'state'],
    properties: {
      id: text('Of the job that was stored, or of the one that was there first'),
      queue: text('Where it is'),
      state: orNull('string', 'Null: only its key is still known', { examples: ['ready', 'scheduled'] }),
    },
  },
  Result: {
    type: 'object',
    description: 'What became of one job of many; a refused one has the fields of Problem besides',
    required: ['status', 'outcome'],
    properties: {
      index: count('Place in the array, from 0'),
      line: { type: 'integer', minimum: 1, description: 'Line of the stream, from 1' },
      status: { type: 'integer', description: 'What a single request would have been answered' },
      outcome: { type: 'string', enum: ['stored', 'duplicate', 'refused', 'unknown'] },
      id: text('Of the job; unknown: it may be stored under this id'),
      queue: text('Where it was to go'),
    },
  },
  Job: {
    type: 'object',
    required: ['id', 'kind', 'queue', 'state', 'attempts', 'crashes', 'interruptions', 'snoozes', 'createdAt'],
    properties: {
      id: text('Of the job'),
      kind: orNull('string', 'Null: its record cannot be read'),
      queue: orNull('string', 'Null: its record cannot be read'),
      state: { type: 'string', enum: ['scheduled', 'ready', 'processing', 'completed', 'dead'] },
      attempts: count('Failed runs'),
      crashes: count('Runs that ended with their worker'),
      interruptions: count('Runs that a stopping worker gave back'),
      snoozes: count('Runs that were postponed'),
      createdAt: orNull('string', 'When it was stored', { format: 'date-time' }),
      runAt: orNull('string', 'Scheduled: earliest start', { format: 'date-time' }),
      startedAt: orNull('string', 'Processing: start of the run', { format: 'date-time' }),
      finishedAt: orNull('string', 'Completed or dead: since when', { format: 'date-time' }),
      outcome: orNull('object', 'Completed: how', {
        properties: { result: { description: 'What its handler returned' }, durationMs: { type: 'number' } },
      }),
      error: orNull('object', 'The last failure', {
        properties: {
          reason: text('Why it failed or died'),
          summary: text('First 200 characters of the error'),
          at: orNull('string', 'When', { format: 'date-time' }),
        },
      }),
    },
  },
  Problem: {
    type: 'object',
    description: 'RFC 9457',
    required: ['type', 'title', 'status', 'code', 'detail', 'remedy'],
    properties: {
      type: text('urn:job-queue-system:problem: and the code', { format: 'uri' }),
      title: text('Name of the status'),
      status: { type: 'integer' },
      code: text('Stable; test this'),
      detail: text('What is wrong: value, found, expected'),
      remedy: text('What to do'),
      field: text('The value at fault'),
      found: text('What was found'),
      expected: text('What is expected'),
      retryAfter: { type: 'integer', description: 'Seconds' },
      id: text('The job in question'),
    },
  },
};

const RESULTS = { type: 'array', items: ref('Result') };

const POST = {
  operationId: 'postJobs',
  summary: 'Store one job or many',
  parameters: [
    {
      name: 'Idempotency-Key',
      in: 'header',
      description: 'A unique key for one job; the same key with another body is refused with 422. Not for many jobs',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    },
  ],
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: { oneOf: [ref('NewJob'), { type: 'array', maxItems: MAX_JOBS_IN_ARRAY, items: ref('NewJob') }] },
      },
      'application/x-ndjson': { schema: text('One NewJob a line') },
      'application/cloudevents+json': { schema: ref('CloudEvent') },
      'application/cloudevents-batch+json': {
        schema: { type: 'array', maxItems: MAX_JOBS_IN_ARRAY, items: ref('CloudEvent') },
      },
    },
  },
  responses: {
    200: {
      description: 'One: it was there before. Many: one result each, in order',
      headers: LOCATION,
      content: {
        'application/json': { schema: { oneOf: [ref('TakenJob'), RESULTS] } },
        'application/x-ndjson': { schema: text('One Result a line') },
      },
    },
    201: { description: 'Stored', headers: LOCATION, content: json(ref('TakenJob')) },
    400: problem('A value breaks a rule, or the body is no JSON'),
    401: problem('No valid token'),
    403: problem('A kind that producer.http.kinds does not have'),
    408: problem('The body came too slowly'),
    413: problem('The body, the payload or the array is too large'),
    415: problem('A Content-Type or Content-Encoding that is not taken'),
    422: problem('The Idempotency-Key was used with another body'),
    429: problem('The rate limit of all producers', RETRY_AFTER),
    503: problem('Redis refuses, the queue is full, this process stops, or the outcome is unknown', RETRY_AFTER),
  },
};

const GET = {
  operationId: 'getJob',
  summary: 'State, counters, times, outcome or error of a job',
  parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
  responses: {
    200: { description: 'The job, without its payload', content: json(ref('Job')) },
    400: problem('The path is not a URL path'),
    401: problem('No valid token'),
    404: problem('Never stored, purged, or completed and trimmed since'),
    503: problem('Redis does not answer', RETRY_AFTER),
  },
};

/**
 * The description of the HTTP ingest, OpenAPI 3.1: served at `/docs`, and written to `dist/openapi.json` by the build. A
 * spec compares it with what the last release promised.
 */
export function openApiDocument(version: string): object {
  return {
    openapi: '3.1.0',
    info: { title: 'Job ingest', version, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: 'http://127.0.0.1:8080' }],
    security: [{ bearer: [] }, {}],
    paths: { '/v1/jobs': { post: POST }, '/v1/jobs/{id}': { get: GET } },
    components: { schemas: SCHEMAS, securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  };
}
