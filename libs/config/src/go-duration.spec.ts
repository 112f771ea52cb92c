import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatGoDuration, parseGoDuration } from './go-duration.js';

const TEN_YEARS_MS = 10 * 365 * 86_400_000;

describe('parseGoDuration', () => {
  it.each([
    ['0', 0],
    ['-0', 0],
    ['0s', 0],
    ['300ms', 300],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['5.s', 5_000],
    ['1h0m0s', 3_600_000],
    ['24h', 86_400_000],
    ['1s1s', 2_000],
    ['250us', 0.25],
    ['250µs', 0.25],
    ['250μs', 0.25],
    ['1ns', 0.000001],
    ['-5s', -5_000],
    ['+5s', 5_000],
    ['2562047h47m16.854775807s', Number('9223372036854.775807')],
  ])('reads %j as %d ms', (text, ms) => {
    expect(parseGoDuration(text)).toBe(ms);
  });

  it.each([
    '',
    ' ',
    '5',
    '1.5',
    's',
    '.',
    '.s',
    '-',
    '+',
    '--5s',
    '5 s',
    ' 5s',
    '5s ',
    '5S',
    '5sec',
    '1d',
    '1w',
    '5s3',
    '1e3s',
    '0x5s',
    '1,5s',
    '5s\n',
    '٣s',
    'NaN',
    'Infinity',
    '2562047h47m16.854775808s',
    '9999999999h',
  ])('refuses %j', (text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  });

  it('never reads text that is not made of numbers with units', () => {
    const grammar = /^[+-]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$/;
    const almost = fc.stringMatching(/^[-+0-9.a-zµμ ]{0,12}$/);

    fc.assert(
      fc.property(fc.oneof(fc.string(), almost), (text) => {
        fc.pre(!grammar.test(text));
        expect(parseGoDuration(text)).toBeUndefined();
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('formatGoDuration', () => {
  it.each([
    [0, '0s'],
    [500, '500ms'],
    [1_500, '1.5s'],
    [90_000, '1m30s'],
    [600_000, '10m'],
    [86_400_000, '24h'],
    [3_605_000, '1h5s'],
    [1.5, '1.5ms'],
    [0.25, '250us'],
    [0.000001, '1ns'],
    [-5_000, '-5s'],
  ])('writes %d ms as %j', (ms, text) => {
    expect(formatGoDuration(ms)).toBe(text);
  });

  it('is read back to the same whole number of ms', () => {
    fc.assert(
      fc.property(fc.integer({ min: -TEN_YEARS_MS, max: TEN_YEARS_MS }), (ms) => {
        expect(parseGoDuration(formatGoDuration(ms))).toBe(ms);
      }),
      { numRuns: 5_000 },
    );
  });

  it('is read back to the same nanosecond below a day', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 86_400 }), fc.integer({ min: 0, max: 999_999_999 }), (seconds, ns) => {
        const ms = parseGoDuration(`${seconds}s${ns}ns`)!;
        expect(parseGoDuration(formatGoDuration(ms))).toBe(ms);
      }),
      { numRuns: 5_000 },
    );
  });
});
