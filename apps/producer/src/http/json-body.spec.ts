import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_JSON_DEPTH, readJson } from './json-body.js';

const read = (text: string) => readJson(Buffer.from(text));
const nested = (depth: number, inner = '') => '['.repeat(depth) + inner + ']'.repeat(depth);

describe('readJson', () => {
  it('reads every value that JSON can hold, as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        fc.pre(!text.includes('__proto__'));
        expect(read(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('takes 64 levels and no more; brackets in texts are none', () => {
    expect(() => read(nested(MAX_JSON_DEPTH))).not.toThrow();
    expect(() => read(nested(MAX_JSON_DEPTH + 1))).toThrow('more than 64 levels');
    expect(() => read(`{"a":${nested(MAX_JSON_DEPTH - 1, `"${'['.repeat(200)}\\\\\\"["`)}}`)).not.toThrow();
    expect(() => read(`"${'['.repeat(200)}`)).toThrow('no JSON');
    expect(() => read(`[${'[],{},'.repeat(500)}0]`)).not.toThrow();
  });

  it.each([
    ['{"__proto__":1}', '__proto__'],
    ['[{"a":{"\\u005f\\u005fproto__":1}}]', '__proto__'],
    ['[1e400]', 'beyond'],
    ['{"a":-1E+999}', 'beyond'],
    [`[1${'0'.repeat(309)}]`, 'beyond'],
  ])('refuses %s, at any depth', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it.each(['{"a":"__proto__"}', '["1e400"]', '1e-400', '[1e308]', '"\\ud800"', '"\\u0000"', '{"a":1,"a":2}'])(
    'takes %s',
    (text) => {
      expect(read(text)).toEqual(JSON.parse(text));
    },
  );

  it('refuses bytes that are not UTF-8', () => {
    expect(() => readJson(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toThrow('not UTF-8');
  });
});
