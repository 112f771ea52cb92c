import { isUtf8 } from 'node:buffer';

const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** A file name as one line that a terminal cannot mistake for anything else: control and bidi characters, bytes that are not UTF-8. */
export function printable(name: string | Buffer): string {
  if (typeof name === 'string') return name.replaceAll(UNSAFE, codePoint);
  if (isUtf8(name)) return printable(name.toString());
  return printable(name.toString('latin1').replaceAll(/[\x80-\xff]/g, hexByte));
}

function codePoint(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

function hexByte(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16)}`;
}
