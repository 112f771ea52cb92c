import { describe, expect, it } from 'vitest';
import { seededRandom } from './random-kills.js';

describe('seededRandom', () => {
  it('repeats itself for the same seed, and differs for another', () => {
    const draw = (seed: number) => Array.from({ length: 20 }, seededRandom(seed));

    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('spreads over [0, 1)', () => {
    const numbers = Array.from({ length: 10_000 }, seededRandom(1));

    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    expect(numbers.filter((number) => number < 0.5).length / numbers.length).toBeCloseTo(0.5, 1);
  });
});
