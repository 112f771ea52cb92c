import {
  NOT_ALLOWED,
  openScripts,
  SCRIPTS,
  takeRefusals,
  useRedis,
  type ScriptAccess,
  type ScriptName,
} from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { text } from '../project-file.js';
import { plantAll, type Planted } from './planted-partition.js';
import { CALLED, callsOf } from './script-calls.js';

const USERS = ['producer', 'worker', 'admin', 'metrics'] as const;
type User = (typeof USERS)[number];

const ALL = USERS;
const APPS = ['producer', 'worker', 'admin'] as const;

/** What no call reaches: a breaker text that ends up empty. Who may HSET it may HDEL it. */
const NOT_REACHED: Readonly<Partial<Record<ScriptName, readonly string[]>>> = {
  'claim-probe': ['HDEL'],
  park: ['HDEL'],
  unpark: ['HDEL'],
};

/** Who may run which script; everybody else is refused. */
const MAY: Readonly<Record<ScriptName, readonly User[]>> = {
  advance: ['worker'],
  answer: ['worker'],
  'append-audit': ['admin'],
  'bench-enqueue': ['admin'],
  'bench-withdraw': ['admin'],
  'cancel-running': ['admin'],
  'cancel-waiting': ['admin'],
  'claim-probe': ['worker'],
  'claim-quarantined': ['worker'],
  'count-attempts': ['worker'],
  'count-dead': ALL,
  'end-solo': ['worker'],
  enqueue: ['producer'],
  'examine-jobs': APPS,
  fail: ['worker'],
  'find-job': APPS,
  'forget-partition': ['admin'],
  handshake: APPS,
  heartbeat: ['worker'],
  'import-dead': ['admin'],
  leave: ['worker'],
  'list-dead': ['admin'],
  'list-groups': ['admin'],
  'list-waiting': ['admin'],
  'locate-job': ALL,
  nudge: ['worker', 'admin'],
  overview: ALL,
  park: ['worker'],
  pause: ['admin'],
  peek: ['worker', 'admin'],
  probe: APPS,
  'purge-dead': ['admin'],
  'purge-ready': ['admin'],
  'purge-scheduled': ['worker', 'admin'],
  'read-audit': ['admin'],
  'read-breakers': ALL,
  'read-claims': ['worker', 'admin'],
  'read-expiries': ['admin'],
  'read-fates': APPS,
  'read-headers': ALL,
  'read-pauses': ALL,
  'read-quarantine': ['worker', 'admin'],
  'read-schema': ALL,
  'read-strays': ['worker', 'admin'],
  'read-tokens': APPS,
  'read-workers': ALL,
  reap: ['worker'],
  register: ['worker'],
  release: ['worker', 'admin'],
  'repair-expiry': ['admin'],
  'repair-job': ['admin'],
  'repair-token': APPS,
  'repair-worker': ['worker', 'admin'],
  'requeue-dead': ['admin'],
  resume: ['worker', 'admin'],
  retain: ['worker'],
  'scan-ids': ['admin'],
  'scan-list': ['worker', 'admin'],
  sweep: ['worker'],
  sync: ['worker', 'admin'],
  'take-token': ['producer'],
  unpark: ['worker', 'admin'],
};

describe('the users of deploy/redis/users.acl and the scripts', () => {
  const redis = useRedis({ hasUsers: true, checkPlaces: false, checkRefusals: false });
  let planted: Planted;
  let scripts: ScriptAccess | undefined;
  beforeEach(async () => {
    planted = await plantAll(redis.redis, redis.prefix());
  });
  afterEach(() => scripts?.close());

  /** As an app does it. The answers of all calls, in order. */
  async function run(name: ScriptName, user: User | 'default'): Promise<unknown[]> {
    scripts = await openScripts(redis, { redis: { username: user } });
    const answers: unknown[] = [];
    for (const { keys, args } of callsOf(name, planted)) answers.push(await scripts.runner.run(name, keys, args));
    return answers;
  }

  it('the table names every script and every user, and no other', () => {
    const users = [...text('deploy/redis/users.acl').matchAll(/^user (\w+) on /gm)].map(([, user]) => user);

    expect(users).toEqual([...USERS]);
    expect(Object.keys(MAY).toSorted()).toEqual(Object.keys(SCRIPTS).toSorted());
    expect(CALLED.toSorted()).toEqual(Object.keys(SCRIPTS).toSorted());
  });

  describe.each(Object.keys(SCRIPTS) as ScriptName[])('%s', (name) => {
    it('is tried with calls that reach every command of it', async () => {
      await redis.redis.config('RESETSTAT');

      await run(name, 'default');

      const stats = await redis.redis.info('commandstats');
      const ran = [...stats.matchAll(/^cmdstat_(\w+):/gm)].map(([, command]) => command);
      const inScript = [...SCRIPTS[name].lua.matchAll(/redis\.p?call\('([A-Z]+)'/g)].map(([, command]) => command!);
      expect(inScript.filter((command) => !ran.includes(command.toLowerCase()))).toEqual(NOT_REACHED[name] ?? []);
    });

    it.each(USERS)(`for %s: ${MAY[name]?.join(', ') ?? 'nobody'} may run it`, async (user) => {
      const answer = await run(name, user).catch((error: Error) => error);

      if (MAY[name].includes(user)) expect(answer instanceof Error ? await takeRefusals(redis.redis) : []).toEqual([]);
      else expect((answer as Error).message).toMatch(NOT_ALLOWED);
    });
  });
});
