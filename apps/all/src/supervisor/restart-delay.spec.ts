import { expect, it } from 'vitest';
import { restartDelayMs } from './restart-delay.js';

it('doubles from half a second to thirty', () => {
  expect([1, 2, 3, 6, 7, 8, 5_000].map(restartDelayMs)).toEqual([500, 1_000, 2_000, 16_000, 30_000, 30_000, 30_000]);
});
