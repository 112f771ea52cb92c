import type { IncomingHttpHeaders } from 'node:http';
import type { NewJob } from '@app/queue';
import { objectOf, textOf } from './job-request.js';
import { invalid, Problem } from './problem.js';

/** The one version of CloudEvents there is; 1.0.x are the same on the wire. */
const SPEC_VERSION = '1.0';
const BYTES_OF_NAMESPACE = 'cloudevent:'.length;

/** Whether a request is a CloudEvent in binary mode: its attributes are headers, its data is the body. */
export function isBinaryEvent(headers: IncomingHttpHeaders): boolean {
  return headers['ce-specversion'] !== undefined;
}

/**
 * Reads a CloudEvent in structured mode: `type` is the kind, `source` and `id` together are the unique key, `data` is the
 * payload. Other attributes and extensions are ignored, as the specification demands of receivers.
 *
 * @throws {Problem} 400, for the first attribute that is wrong; 415 for `data_base64`, which is no JSON.
 */
export function readStructuredEvent(value: unknown): NewJob {
  const event = objectOf(value);
  if (event['data_base64'] !== undefined) throw notJson('data_base64');
  return jobOf(event, event['data'] ?? null);
}

/** The same, in binary mode. `data` is the body, parsed. */
export function readBinaryEvent(headers: IncomingHttpHeaders, data: unknown): NewJob {
  const attributes = ['specversion', 'type', 'source', 'id'].map((name) => [name, decode(headers[`ce-${name}`])]);
  return jobOf(Object.fromEntries(attributes) as Record<string, unknown>, data);
}

function jobOf(event: Record<string, unknown>, payload: unknown): NewJob {
  if (event['specversion'] !== SPEC_VERSION)
    throw invalid('specversion', event['specversion'], `"${SPEC_VERSION}"`, `send CloudEvents ${SPEC_VERSION}`);
  return { kind: required(event, 'type'), payload, uniqueKey: keyOf(required(event, 'source'), required(event, 'id')) };
}

/** A source is a URI reference, which holds no space: the two cannot be mistaken for another two. */
function keyOf(source: string, id: string): string {
  if (/\s/.test(source)) throw invalid('source', source, 'a URI reference, which holds no spaces');
  const key = `cloudevent:${source} ${id}`;
  if (Buffer.byteLength(key) > 512)
    throw invalid('id', id, `source and id of at most ${511 - BYTES_OF_NAMESPACE} bytes`);
  return key;
}

function required(event: Record<string, unknown>, name: string): string {
  const value = textOf(event, name);
  if (!value) throw invalid(name, value, 'text that is not empty', `give ${name}`);
  return value;
}

/** Header values of CloudEvents are percent-encoded. */
function decode(header: string | string[] | undefined): unknown {
  if (typeof header !== 'string') return header;
  try {
    return decodeURIComponent(header);
  } catch {
    return header;
  }
}

function notJson(field: string): Problem {
  const remedy = 'send JSON in data, or a reference to where the data is';
  const detail = `${field}: a payload is JSON`;
  return new Problem({ status: 415, code: 'unsupported-media-type', detail, remedy, field });
}
