import { describe, expect, it } from 'vitest';
import { formatAge, formatBytes, formatCount, formatMoment } from './units.js';

describe('units', () => {
  it.each([
    [null, '-'],
    [-20, '0ms'],
    [0, '0ms'],
    [999, '999ms'],
    [1_000, '1s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [250_000, '4m10s'],
    [3_600_000, '1h'],
    [97_200_000, '1d3h'],
    [8_640_000_000, '100d'],
  ])('writes an age of %s ms as %s', (ms, text) => {
    expect(formatAge(ms)).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_536, '1.5 KiB'],
    [5 * 1024 ** 3, '5.0 GiB'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('writes a moment in UTC', () => {
    expect(formatMoment(1_764_000_000_123)).toBe('2025-11-24 16:00:00Z');
  });

  it('sets the thousands of a count apart', () => {
    expect(formatCount(1_234_567)).toBe('1,234,567');
  });
});
