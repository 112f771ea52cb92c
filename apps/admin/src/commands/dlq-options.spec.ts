import { describe, expect, it } from 'vitest';
import { filterOf, parseDuration, parseRate } from './dlq-options.js';

describe('the flags of dlq commands', () => {
  it('leave out of a filter what is not given', () => {
    expect(filterOf({})).toEqual({});
    expect(filterOf({ kind: 'k', error: 'e', queue: 'q', olderThan: 5, limit: 2 })).toEqual({
      kind: 'k',
      error: 'e',
      queue: 'q',
      olderThanMs: 5,
      limit: 2,
    });
  });

  it.each([
    ['500/s', 500],
    ['500', 500],
    ['30/m', 0.5],
    ['3600/h', 1],
    ['0.5/s', 0.5],
  ])('reads the rate %s', (text, perSecond) => {
    expect(parseRate('--rate', text)).toBe(perSecond);
  });

  it.each(['', '0', '0/s', '-1', '5/d', 'fast', '1/s/s'])('refuses the rate %j', (text) => {
    expect(() => parseRate('--rate', text)).toThrow(`--rate: found "${text}"`);
  });

  it('reads durations, and refuses what is none or is nothing', () => {
    expect(parseDuration('--for', '1h30m')).toBe(5_400_000);
    for (const text of ['10', '0s', '-5s', '1d', ''])
      expect(() => parseDuration('--for', text)).toThrow('--for: found');
  });
});
