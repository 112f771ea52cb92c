import { describe, expect, it } from 'vitest';
import { planClaim } from './claim-plan.js';

const QUEUES = { priorities: ['high', 'low'], weights: { high: 3, low: 1 } };

describe('planClaim', () => {
  it('strict: offers all slots to the first queue, then all that are left to the next', () => {
    expect(planClaim(8, { ...QUEUES, priorityMode: 'strict' }, 0.5)).toEqual([
      { queue: 1, limit: 8 },
      { queue: 2, limit: 8 },
    ]);
  });

  it('weighted: gives each queue its share first, then what is left in order of priority', () => {
    expect(planClaim(8, { ...QUEUES, priorityMode: 'weighted' }, 0)).toEqual([
      { queue: 1, limit: 6 },
      { queue: 2, limit: 2 },
      { queue: 1, limit: 8 },
      { queue: 2, limit: 8 },
    ]);
  });

  it('weighted: shares add up to the slots, whatever the lot', () => {
    for (let at = 0; at < 100; at++) {
      const [high, low] = planClaim(7, { ...QUEUES, priorityMode: 'weighted' }, at / 100);

      expect(high!.limit + low!.limit).toBe(7);
    }
  });

  it('weighted: a share below one job is drawn by lot, so that one slot serves both queues over time', () => {
    const lots = Array.from({ length: 100 }, (_, at) =>
      planClaim(1, { ...QUEUES, priorityMode: 'weighted' }, at / 100),
    );

    const firstToHigh = lots.filter(([high]) => high!.limit === 1).length;
    expect(firstToHigh).toBe(75);
  });

  it('weighted: a queue without a weight counts one', () => {
    const [high, low] = planClaim(4, { ...QUEUES, weights: {}, priorityMode: 'weighted' }, 0);

    expect([high?.limit, low?.limit]).toEqual([2, 2]);
  });

  it('asks for nothing when no slot is free', () => {
    const steps = planClaim(0, { ...QUEUES, priorityMode: 'weighted' }, 0.9);

    expect(steps.every(({ limit }) => limit === 0)).toBe(true);
  });
});
