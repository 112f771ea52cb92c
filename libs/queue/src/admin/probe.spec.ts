import { describe, expect, it } from 'vitest';
import { RedisUnavailableError } from '../errors/redis-unavailable.error.js';
import { judgeProbes } from './probe.js';

const taken: PromiseSettledResult<unknown> = { status: 'fulfilled', value: 'OK' };
const away: PromiseSettledResult<unknown> = {
  status: 'rejected',
  reason: new RedisUnavailableError('unknown', 'no reply within 3000 ms'),
};

describe('judgeProbes', () => {
  it('is content when every partition takes jobs', () => {
    expect(judgeProbes([taken, taken])).toMatchObject({ reachable: true, writable: true });
  });

  it('stays ready while some partitions take jobs, and says how many do not, and why', () => {
    expect(judgeProbes([taken, away, away])).toEqual({
      reachable: true,
      writable: true,
      detail: '2 of 3 partitions take no jobs: Redis did not answer in time',
    });
  });

  it('fails when none does', () => {
    expect(() => judgeProbes([away, away])).toThrow(RedisUnavailableError);
  });
});
