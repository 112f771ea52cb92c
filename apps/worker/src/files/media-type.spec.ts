import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { mediaTypeOf } from './media-type.js';

const typeOf = (content: string | Buffer, path = '/d/file', bytes?: number) => {
  const head = Buffer.from(content as string);
  return mediaTypeOf({ head, bytes: bytes ?? head.length, path });
};

describe('mediaTypeOf', () => {
  it.each([
    ['%PDF-1.7\n', 'application/pdf'],
    [Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'image/png'],
    [Buffer.from('ffd8ffe000104a464946', 'hex'), 'image/jpeg'],
    [Buffer.from('1f8b0800000000000003', 'hex'), 'application/gzip'],
    [Buffer.from([0x00, 0x01, 0x02, 0x80]), 'application/octet-stream'],
    [Buffer.from([0xc3, 0x28, 0x41]), 'application/octet-stream'],
    ['plain words, ünïcode\n', 'text/plain'],
    ['\u001b[31mcoloured log\u001b[0m\n', 'text/plain'],
    ['', 'text/plain'],
    [Buffer.from('\ufeffutf-16 text', 'utf16le'), 'text/plain'],
    ['{"a": [1, 2]}\n', 'application/json'],
    ['[not json', 'text/plain'],
    ['<!DOCTYPE html><p>hi', 'text/html'],
    ['  <html lang="en">', 'text/html'],
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
    ['<?xml version="1.0"?><!-- a --><svg viewBox="0 0 1 1"/>', 'image/svg+xml'],
    ['<?xml version="1.0"?><feed/>', 'application/xml'],
  ])('%j is %s', async (content, mediaType) => {
    expect(await typeOf(content)).toBe(mediaType);
  });

  it('believes content before a name', async () => {
    expect(await typeOf('%PDF-1.7\n', '/d/a.csv')).toBe('application/pdf');
    expect(await typeOf(Buffer.from([0, 1, 2]), '/d/a.csv')).toBe('application/octet-stream');
    expect(await typeOf('{"a":1}', '/d/a.txt')).toBe('application/json');
  });

  it('believes a name where text could be anything', async () => {
    expect(await typeOf('a,b\n1,2\n', '/d/a.CSV')).toBe('text/csv');
    expect(await typeOf('<p>fragment</p>', '/d/a.html')).toBe('text/html');
    expect(await typeOf('{"cut off": "he', '/d/a.json', 1_000_000)).toBe('application/json');
    expect(await typeOf('{"cut off": "he', '/d/a.log', 1_000_000)).toBe('text/plain');
  });

  it('takes text for text when the sample ends inside a character', async () => {
    const head = Buffer.from('tëxt').subarray(0, 2);

    expect(await mediaTypeOf({ head, bytes: 5, path: '/d/a.txt' })).toBe('text/plain');
    expect(await mediaTypeOf({ head, bytes: 2, path: '/d/a.txt' })).toBe('application/octet-stream');
  });

  it('does not fail on malformed files of any known kind', async () => {
    const beginnings = ['PK\u0003\u0004', 'RIFF', 'OggS', '\u001aE\u07df\u00a3', 'ID3', 'II*\0', '%PDF', 'ftyp'];
    for (const beginning of beginnings) {
      for (const noise of [Buffer.alloc(64, 0xff), Buffer.alloc(4_096), deflateRawSync('x'.repeat(1_000))]) {
        const content = Buffer.concat([Buffer.from(beginning, 'latin1'), noise]);
        await expect(typeOf(content)).resolves.toMatch(/^[a-z]+\/[\w.+-]+$/);
      }
    }
  });
});
