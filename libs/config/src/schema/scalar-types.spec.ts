import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bool, duration, integer, oneOf, positiveNumber, text } from './scalar-types.js';

describe('bool', () => {
  it.each([
    ['true', true],
    ['1', true],
    ['false', false],
    ['0', false],
  ])('reads %j from the environment', (word, value) => {
    expect(bool().fromText(word)).toBe(value);
  });

  it.each(['', 'yes', 'no', 'on', 'TRUE', 'toString', ' true'])('refuses %j', (word) => {
    expect(bool().fromText(word)).toBeUndefined();
  });

  it('takes only real booleans from YAML', () => {
    expect([true, 'true', 1].map((value) => bool().fromYaml(value))).toEqual([true, undefined, undefined]);
  });
});

describe('numbers', () => {
  it.each(['', ' ', '0x10', '1_000', '12abc', 'NaN', 'Infinity', '1,5', ' 5', '--5'])('refuse %j', (word) => {
    expect(integer({ min: 0 }).fromText(word)).toBeUndefined();
  });

  it('are read back from what they are shown as', () => {
    const type = positiveNumber({ max: 1 });

    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1, noNaN: true }), (value) => {
        expect(type.fromText(type.format(value))).toBe(value);
      }),
    );
  });
});

describe('duration', () => {
  it('takes text with a unit and a bare 0 from YAML', () => {
    const type = duration({ min: '0s' });

    expect(['1m30s', 0, 30, '30', null].map((value) => type.fromYaml(value))).toEqual([
      90_000,
      0,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('refuses a limit that is no duration when it is declared', () => {
    expect(() => duration({ min: '5' })).toThrow('"5" is not a Go duration');
  });
});

describe('words and text', () => {
  it('take only text from YAML', () => {
    expect([text().fromYaml(5), oneOf('a', 'b').fromYaml(true)]).toEqual([undefined, undefined]);
  });

  it('name what is expected', () => {
    expect([oneOf('a', 'b').expected, oneOf('a', 'b', 'c').expected]).toEqual(['a or b', 'one of a, b, c']);
  });
});
