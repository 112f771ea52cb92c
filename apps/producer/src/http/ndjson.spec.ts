import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf } from './ndjson.js';
import { Problem } from './problem.js';

const MAX_BYTES = 20;
const never = new AbortController().signal;

async function read(chunks: readonly Buffer[], signal = never): Promise<[number, string | null][]> {
  const found: [number, string | null][] = [];
  for await (const lines of linesOf(Readable.from(chunks), MAX_BYTES, signal))
    for (const { number, content } of lines)
      found.push([number, content instanceof Problem ? null : content.toString()]);
  return found;
}

function cut(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

describe('linesOf', () => {
  it('finds the same lines however the bytes are cut', async () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'ä', '"', '\r'), maxLength: 24 });
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.boolean(), fc.array(fc.nat()), async (texts, isEnded, cuts) => {
        const bytes = Buffer.from(texts.join('\n') + (isEnded ? '\n' : ''));
        const wanted = texts
          .map(
            (text, index) => [index + 1, Buffer.byteLength(text) > MAX_BYTES ? null : text] as [number, string | null],
          )
          .filter(([, text]) => text !== '' && text !== '\r');

        expect(await read(cut(bytes, cuts))).toEqual(wanted);
      }),
    );
  });

  it('keeps no more of a line that is too long than the limit', async () => {
    const chunks = Array.from({ length: 50 }, () => Buffer.from('x'.repeat(19)));

    expect(await read([...chunks, Buffer.from('\nok')])).toEqual([
      [1, null],
      [2, 'ok'],
    ]);
  });

  it('ends in the wait for a chunk when it is told to', async () => {
    const stop = new AbortController();
    const stream = new Readable({ read() {} });
    stream.push('a\nb');
    const lines = linesOf(stream, MAX_BYTES, stop.signal);
    const first = await lines.next();
    const second = lines.next();

    stop.abort();

    expect(first.value).toHaveLength(1);
    expect(await second).toEqual({ done: true, value: undefined });
    expect(stream.destroyed).toBe(false);
  });
});
