import { describe, expect, it } from 'vitest';
import { KindLimit } from './kind-limit.js';

describe('KindLimit', () => {
  it('lets so many run at once, and the next when one has ended', () => {
    const limit = new KindLimit(2);

    const entered = [limit.enter(0), limit.enter(0), limit.enter(0)];
    limit.leave(10, 10);

    expect([...entered, limit.enter(10)]).toEqual([true, true, false, true]);
  });

  it('sends refused jobs back one behind the other, as fast as runs end', () => {
    const limit = new KindLimit(2);
    for (let n = 0; n < 100; n++) {
      limit.enter(n * 40);
      limit.leave(n * 40 + 40, 40);
    }

    const waits = Array.from({ length: 5 }, () => limit.waitMs(4_000, 0.999));

    expect(waits).toEqual([20, 40, 60, 80, 100]);
  });

  it('waits longer while nothing ends, and never above a minute', () => {
    const limit = new KindLimit(1);
    limit.enter(0);

    const wait = limit.waitMs(10_000, 0);
    const waits = Array.from({ length: 1_000 }, () => limit.waitMs(10_000, 0.999));

    expect(wait).toBe(5_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
  });
});
