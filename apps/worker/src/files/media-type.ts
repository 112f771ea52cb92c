import { fileTypeFromBuffer, type FileTypeResult } from 'file-type';
import { extname } from 'node:path';

/** What the media type is told from. */
export interface FileSample {
  readonly head: Buffer;
  /** Of the whole file. */
  readonly bytes: number;
  readonly path: string;
}

const BINARY = 'application/octet-stream';
const OPENING_CHARS = 1_024;
/** Text of these kinds cannot be told from other text, so its name is believed. */
const TEXT_BY_EXTENSION: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.htm': 'text/html',
  '.html': 'text/html',
};

/** The media type by content; for text by its beginning, then by the extension; else `application/octet-stream`. */
export async function mediaTypeOf(sample: FileSample): Promise<string> {
  const known = encodingOf(sample.head) === 'utf-8' ? await knownFormat(sample.head) : undefined;
  if (known !== undefined && known.mime !== 'application/xml') return known.mime;
  const text = readText(sample);
  if (text === undefined) return known?.mime ?? BINARY;
  return markupType(text) ?? known?.mime ?? jsonType(text, sample) ?? byExtension(sample) ?? 'text/plain';
}

/** A parser that stumbles over a malformed file does not know its type: no reason to fail the job. */
function knownFormat(head: Buffer): Promise<FileTypeResult | undefined> {
  return fileTypeFromBuffer(head).catch(() => undefined);
}

/** UTF-8 or UTF-16 without control characters that no text has; else `undefined`. */
function readText({ head, bytes }: FileSample): string | undefined {
  try {
    const text = new TextDecoder(encodingOf(head), { fatal: true }).decode(head, { stream: bytes > head.length });
    return hasBinaryCharacter(text) ? undefined : text;
  } catch {
    return undefined; // not valid in this encoding: this is what decides
  }
}

/** By the byte order mark. In UTF-16 it looks like the beginning of an MP3 frame. */
function encodingOf(head: Buffer): string {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  return head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : 'utf-8';
}

/** The "binary data bytes" of the WHATWG MIME Sniffing Standard. */
function hasBinaryCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0c && code !== 0x0d && code !== 0x1b) return true;
  }
  return false;
}

function markupType(text: string): string | undefined {
  const opening = text.slice(0, OPENING_CHARS).trimStart().toLowerCase();
  if (/^<(!doctype html|html|head|body)[\s>]/.test(opening)) return 'text/html';
  return opening.startsWith('<') && /<svg[\s>]/.test(opening) ? 'image/svg+xml' : undefined;
}

/** A document that is here as a whole must parse; of a longer one the first character and the extension must agree. */
function jsonType(text: string, { head, bytes, path }: FileSample): string | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  const isJson = bytes > head.length ? extname(path).toLowerCase() === '.json' : parses(text);
  return isJson ? 'application/json' : undefined;
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function byExtension({ path }: FileSample): string | undefined {
  return TEXT_BY_EXTENSION[extname(path).toLowerCase()];
}
