import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commands, list, weights } from './collection-types.js';

describe('list', () => {
  const type = list({ items: 'names', pattern: /./ });

  it.each([
    ['high,low', ['high', 'low']],
    [' high , low ', ['high', 'low']],
    ['["**/*.{a,b}"]', ['**/*.{a,b}']],
    ['', []],
    ['one', ['one']],
  ])('reads %j from the environment', (word, items) => {
    expect(type.fromText(word)).toEqual(items);
  });

  it.each(['[', '["a"', '[a]'])('refuses the broken JSON %j', (word) => {
    expect(type.fromText(word)).toBeUndefined();
  });

  it('is read back from what it is shown as', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (items) => {
        expect(type.fromText(type.format(items))).toEqual(items);
      }),
    );
  });
});

describe('weights', () => {
  const type = weights({ min: 1, max: 1_000 });

  it.each([
    ['high=5,low=1', { high: 5, low: 1 }],
    ['{"high":5,"low":1}', { high: 5, low: 1 }],
    ['', {}],
  ])('reads %j from the environment', (word, value) => {
    expect(type.fromText(word)).toEqual(value);
  });

  it('keeps a pair without a number, so that the check names it', () => {
    expect(type.fromText('high=5,low')).toEqual({ high: 5, low: Number.NaN });
  });
});

describe('commands', () => {
  const type = commands(/^[a-z]+$/);

  it('reads JSON from the environment', () => {
    expect(type.fromText('{"resize":["convert","-"]}')).toEqual({ resize: ['convert', '-'] });
    expect(type.fromText('resize=convert')).toBeUndefined();
  });
});
