import type { LookupAddress } from 'node:dns';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';

/** Most bytes of an answer that are kept: escaped as JSON they still fit into an outcome. */
const ANSWER_BYTES = 8_192;

const MAX_HEADER_BYTES = 16_384;

/** One POST. */
export interface PostRequest {
  readonly url: URL;
  /** Checked addresses: the connection goes to one of them, and no name is resolved again. */
  readonly addresses: readonly LookupAddress[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** What came back; redirects are answers like others. */
export interface Answer {
  readonly status: number;
  readonly retryAfter?: string;
  readonly body: string;
  /** The body was longer than 8 KiB; the rest was not read. */
  readonly truncated: boolean;
}

/** @throws whatever the network says, and an AbortError when the signal was aborted. */
export async function postJson({ url, addresses, headers, body, signal }: PostRequest): Promise<Answer> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = send(url, {
      method: 'POST',
      agent: false, // a kept connection may lead to an address that nobody checked
      lookup: lookupIn(addresses),
      maxHeaderSize: MAX_HEADER_BYTES,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      signal,
    });
    request.once('response', resolve);
    request.on('error', reject);
    request.end(body);
  });
  const retryAfter = response.headers['retry-after'];
  return { status: response.statusCode ?? 0, ...(await readBounded(response)), ...(retryAfter && { retryAfter }) };
}

function lookupIn(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, { all }, callback) => {
    const [first] = addresses;
    if (all) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };
}

async function readBounded(response: IncomingMessage): Promise<Pick<Answer, 'body' | 'truncated'>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES) break; // leaving the loop closes the connection
  }
  const body = Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString();
  return { body, truncated: bytes > ANSWER_BYTES };
}
