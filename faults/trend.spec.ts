import { describe, expect, it } from 'vitest';
import { growthOfSecondHalf } from './trend.js';

const samples = (...values: number[]) => values.map((value, index) => ({ atMs: 1_000 * index, value }));

describe('growthOfSecondHalf', () => {
  it.each([
    ['a flat line', [5, 5, 5, 5, 5, 5], 0],
    ['what grew in the first half only', [1, 2, 3, 9, 9, 9], 0],
    ['a leak', [1, 1, 1, 90, 100, 110], 0.2],
    ['what shrinks', [1, 1, 1, 110, 100, 90], -0.2],
    ['nothing', [], 0],
  ])('of %s', (_, values, growth) => {
    expect(growthOfSecondHalf(samples(...values))).toBeCloseTo(growth);
  });
});
