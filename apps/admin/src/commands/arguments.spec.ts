import { describe, expect, it } from 'vitest';
import { parseChoice, parseWhole } from './arguments.js';
import { UsageError } from './usage.error.js';

describe('arguments', () => {
  it.each([
    ['1', 1],
    ['20', 20],
    ['1000', 1_000],
  ])('takes %s', (text, value) => {
    expect(parseWhole('--n', text, 1, 1_000)).toBe(value);
  });

  it.each(['0', '1001', '-1', '1.5', '1e3', '', ' 5', 'ten', '99999999999999999999'])(
    'refuses the count "%s"',
    (text) => {
      expect(() => parseWhole('--n', text, 1, 1_000)).toThrow(
        new UsageError(`--n: found "${text}", expected a whole number from 1 to 1000`),
      );
    },
  );

  it('refuses a word that is not offered and names those that are', () => {
    expect(parseChoice('--place', 'dead', ['ready', 'dead'])).toBe('dead');
    expect(() => parseChoice('--place', 'Dead', ['ready', 'dead'])).toThrow(
      new UsageError('--place: found "Dead", expected ready, dead'),
    );
  });
});
