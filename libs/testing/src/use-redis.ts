import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { expectOnePlace } from './job-assertions.js';
import { TestRedis, type TestRedisOptions } from './redis-harness.js';
import { takeRefusals } from './redis-users.js';

/** What `useRedis` does besides starting and stopping. */
export interface UseRedisOptions extends TestRedisOptions {
  /** After each test every job of its prefix must be in exactly one place. Default: true; false for specs that break data on purpose. */
  readonly checkPlaces?: boolean;
  /** With users: after each test nobody must have been refused anything. Default: true; false for specs that try what is forbidden. */
  readonly checkRefusals?: boolean;
}

/**
 * A Redis for the spec file (or the `describe`) that calls it: started before the first test, gone after the last, a
 * fresh prefix each test. After each test, jobs must be in exactly one place.
 */
export function useRedis({ checkPlaces = true, checkRefusals = true, ...options }: UseRedisOptions = {}): TestRedis {
  const testRedis = new TestRedis(options);
  beforeAll(async () => {
    await testRedis.start();
  });
  beforeEach(() => testRedis.renewPrefix());
  afterEach(async () => {
    await testRedis.recover();
    if (checkRefusals && testRedis.hasUsers) expect(await takeRefusals(testRedis.redis)).toEqual([]);
    if (checkPlaces) await expectOnePlace(testRedis.redis, testRedis.prefix());
  });
  afterAll(() => testRedis.close());
  return testRedis;
}
