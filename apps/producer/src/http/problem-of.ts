import { EnqueueRefusedError, EnqueueUnknownError, InvalidJobError, QueueError, QueueFullError } from '@app/queue';
import { Problem } from './problem.js';

/** How long a client should wait for Redis or for room in a queue. */
const RETRY_AFTER_SECONDS = 2;

const UNKNOWN_REMEDY =
  'send it again with the same Idempotency-Key, uniqueKey or id; a job without one may be looked up by the id given here';

/** The fields as clients spell them. */
const CLIENT_FIELDS: Readonly<Record<string, string>> = {
  delayMs: 'delay',
  runAtMs: 'runAt',
  timeoutMs: 'timeout',
};

/** Fastify's own refusals, by code: they come before a handler runs. */
const FASTIFY_PROBLEMS: Readonly<Record<string, ProblemText>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    code: 'body-too-large',
    detail: 'the body is larger than producer.http.max_body_bytes',
    remedy: 'send fewer jobs a request, or application/x-ndjson, which has no limit but that of a line',
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    code: 'unsupported-media-type',
    detail: 'the Content-Type of the request is missing or is none that jobs come in',
    remedy: 'send application/json, application/x-ndjson or application/cloudevents+json',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    status: 400,
    code: 'invalid-request',
    detail: 'the body is not as long as Content-Length says',
    remedy: 'send the whole body, or leave Content-Length to the HTTP client',
  },
  FST_ERR_BAD_URL: {
    status: 400,
    code: 'invalid-request',
    detail: 'the path is not a URL path',
    remedy: 'percent-encode the path',
  },
};

interface ProblemText {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly remedy: string;
}

/** Turns whatever was thrown into what the client is told. Undefined: not the client's business, a 500. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (error instanceof QueueError) return queueProblem(error);
  const { code = '', statusCode = 500 } = error as { code?: string; statusCode?: number };
  const known = FASTIFY_PROBLEMS[code];
  if (known) return new Problem(known, { cause: error });
  if (statusCode < 400 || statusCode >= 500) return undefined;
  const detail = 'the request is not one that this server understands';
  return new Problem({ status: statusCode, code: 'invalid-request', detail, remedy: 'compare it with GET /docs' });
}

/** The answer to a bug of ours; the log has the rest. */
export function internalProblem(): Problem {
  const detail = 'the request failed inside the producer';
  const remedy = 'send it again with the same key; its log says why it failed';
  return new Problem({ status: 500, code: 'internal', detail, remedy });
}

function queueProblem(error: QueueError): Problem | undefined {
  const { code, message: detail } = error;
  if (error instanceof InvalidJobError) {
    const field = CLIENT_FIELDS[error.field] ?? error.field;
    const { found, expected } = error;
    const facts = { field, found, expected, detail: `${field}: found ${found}, expected ${expected}` };
    return new Problem({ status: 400, code, remedy: `correct ${field}`, ...facts }, { cause: error });
  }
  if (code === 'invalid-payload') {
    const remedy = 'send less, or a reference to where the data is';
    return new Problem({ status: 413, code, detail, remedy, field: 'payload' }, { cause: error });
  }
  if (code === 'job-not-found') {
    const remedy = 'check the id; queue.completed says how long completed jobs are kept';
    return new Problem({ status: 404, code, detail, remedy }, { cause: error });
  }
  return unavailable(error);
}

function unavailable(error: QueueError): Problem | undefined {
  const facts = { status: 503, code: error.code, retryAfter: RETRY_AFTER_SECONDS };
  const options = { cause: error };
  if (error instanceof EnqueueUnknownError)
    return new Problem({ ...facts, id: error.jobId, detail: error.message, remedy: UNKNOWN_REMEDY }, options);
  if (error instanceof QueueFullError)
    return new Problem({ ...facts, detail: error.message, remedy: 'nothing was stored: send it again later' }, options);
  if (error instanceof EnqueueRefusedError) {
    const detail = `Redis did not take the job (${error.reason})`;
    return new Problem({ ...facts, detail, remedy: 'nothing was stored: send it again later' }, options);
  }
  if (error.code !== 'redis-unavailable' && error.code !== 'redis-refused') return undefined;
  const detail = error.code === 'redis-refused' ? 'Redis answered with an error' : 'Redis did not answer';
  return new Problem({ ...facts, detail, remedy: 'send it again later, with the same key' }, options);
}
