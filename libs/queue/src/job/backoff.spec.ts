import { describe, expect, it } from 'vitest';
import { backoffDelayMs, growingDelayMs } from './backoff.js';

const ALMOST_ONE = 1 - Number.EPSILON;

describe('the delay before a retry', () => {
  const options = { baseMs: 500, maxMs: 10_000 };

  it('doubles its ceiling with each attempt, up to the most', () => {
    const ceilings = [1, 2, 3, 4, 5, 6, 7].map((attempt) => backoffDelayMs(attempt, options, ALMOST_ONE));

    expect(ceilings).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  it('is spread over the whole range', () => {
    expect([0, 0.25, 0.5].map((random) => backoffDelayMs(3, options, random))).toEqual([0, 500, 1_000]);
  });

  it('stays finite for very many attempts', () => {
    expect(backoffDelayMs(100_000, options, ALMOST_ONE)).toBe(10_000);
  });
});

describe('the delay that grows with each repetition', () => {
  it('doubles, keeps at least half of its step, and ends at the most', () => {
    expect([0, 1, 2, 50].map((times) => growingDelayMs(times, 1_000, 60_000, 0))).toEqual([500, 1_000, 2_000, 30_000]);
    expect(growingDelayMs(0, 1_000, 60_000, ALMOST_ONE)).toBe(1_000);
    expect(growingDelayMs(50, 1_000, 60_000, ALMOST_ONE)).toBe(60_000);
  });
});
