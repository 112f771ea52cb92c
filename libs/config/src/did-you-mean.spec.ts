import { describe, expect, it } from 'vitest';
import { nearest } from './did-you-mean.js';

describe('nearest', () => {
  it('finds the candidate with the fewest differences', () => {
    expect(nearest('cuont', ['counter', 'count', 'kind'], 2)).toBe('count');
  });

  it('finds the word itself before its neighbours', () => {
    expect(nearest('max', ['min', 'max'], 2)).toBe('max');
  });

  it('finds nothing beyond the limit', () => {
    expect(nearest('heartbeat', ['count'], 2)).toBeUndefined();
    expect(nearest('count', [], 2)).toBeUndefined();
  });
});
