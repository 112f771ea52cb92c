import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { QueueSettings } from './use-fleet.js';

const START_TIMEOUT_MS = 90_000;

/** Several servers that are one Redis to the queue. */
export interface Topology {
  readonly redis: Redis;
  readonly addr: string;
  readonly password: string;
  close(): Promise<void>;
}

/** Servers for the tests of one `describe`, and the settings that lead a fleet to them. */
export interface UsedTopology<T extends Topology> extends Omit<Topology, 'close'> {
  /** Of the keys of the running test; no other test has it. */
  prefix(): string;
  /** The servers; inside tests only. */
  readonly servers: T;
  readonly settings: QueueSettings;
}

/** Starts them before the tests, ends them after. */
export function useTopology<T extends Topology>(
  start: () => Promise<T>,
  settingsOf: (servers: T) => QueueSettings,
): UsedTopology<T> {
  const settings: QueueSettings = {};
  let current: T | undefined;
  let prefix = '';
  const servers = (): T => {
    if (!current) throw new Error('the servers are there inside tests only');
    return current;
  };
  beforeAll(async () => {
    current = await start();
    Object.assign(settings, settingsOf(current));
  }, START_TIMEOUT_MS);
  beforeEach(() => void (prefix = `test-${randomBytes(4).toString('hex')}`));
  afterAll(() => current?.close());
  return {
    settings,
    get servers() {
      return servers();
    },
    get redis() {
      return servers().redis;
    },
    get addr() {
      return servers().addr;
    },
    get password() {
      return servers().password;
    },
    prefix: () => prefix,
  };
}
