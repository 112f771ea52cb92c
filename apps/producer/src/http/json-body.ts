import { isUtf8 } from 'node:buffer';
import { invalid, Problem } from './problem.js';

/** Nesting of arrays and objects. Deeper data is a mistake or an attack; most languages fail on it. */
export const MAX_JSON_DEPTH = 64;

/** Only a text with one of these can hold a number beyond the range of a double, or a key that changes a prototype. */
const SUSPICIOUS = /__proto__|\\u|[eE]\+?\d{3}|\d{309}/;

const OPEN = /[[{]/;

/**
 * Reads a JSON text of a client: UTF-8, at most {@link MAX_JSON_DEPTH} deep, no number that JavaScript would lose, no
 * `__proto__`. Of a key given twice the last one counts, as for `JSON.parse`.
 *
 * @throws {Problem} 400, with what is wrong.
 */
export function readJson(bytes: Buffer): unknown {
  if (bytes.length === 0) throw malformed('nothing', 'a JSON text');
  if (!isUtf8(bytes)) throw malformed('bytes that are not UTF-8', 'JSON in UTF-8');
  const text = bytes.toString();
  checkDepth(text);
  const value = parse(text);
  if (SUSPICIOUS.test(text)) checkValues(value);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw malformed(`no JSON (${(error as Error).message.slice(0, 120)})`, 'a JSON text');
  }
}

/** Before parsing, so that a hostile text costs one look at it. */
function checkDepth(text: string): void {
  if (text.length < MAX_JSON_DEPTH || !OPEN.test(text)) return;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === BRACKET || code === BRACE) {
      if (++depth > MAX_JSON_DEPTH) throw malformed(`more than ${MAX_JSON_DEPTH} levels`, `at most ${MAX_JSON_DEPTH}`);
    } else if (code === BRACKET + 2 || code === BRACE + 2) depth--;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    const end = text.indexOf('"', at);
    if (end < 0) return text.length;
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
    at = end;
  }
}

function checkValues(value: unknown): void {
  if (value === Infinity || value === -Infinity)
    throw malformed('a number beyond ±1.8e308', 'numbers that fit a double');
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw malformed('the key "__proto__"', 'other keys');
    checkValues((value as Record<string, unknown>)[key]);
  }
}

function malformed(found: string, expected: string): Problem {
  const { detail } = invalid('body', undefined, expected).facts;
  return new Problem({
    status: 400,
    code: 'malformed-json',
    detail: detail.replace('nothing', found),
    remedy: 'send valid JSON',
    field: 'body',
    found,
    expected,
  });
}
