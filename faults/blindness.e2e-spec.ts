import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { QueueKeys, recordText, useRedis } from '@app/testing';
import { checkLedger } from './checker.js';
import { faultTest } from './fault-test.js';
import { readFinalStates } from './final-states.js';
import { Fleet } from './fleet.js';
import { killAtRandom } from './random-kills.js';

describe('the fault suite', () => {
  const test = useRedis({ checkPlaces: false });
  let fleet: Fleet;

  beforeEach(() => {
    fleet = new Fleet();
  });
  afterEach(() => fleet.close());

  faultTest('broken-queue', 'sees that a BRPOP consumer loses jobs under random SIGKILL', async (evidence) => {
    const keys = new QueueKeys(test.prefix(), 0);
    for (const jobId of Array.from({ length: 200 }, () => randomUUID())) {
      await test.redis.multi().hset(keys.jobs, jobId, recordText()).lpush(keys.ready('low'), jobId).exec();
      fleet.ledger.write({ what: 'enqueue-ok', jobId, fate: 'completes' });
    }
    const consumer = { url: test.url, ready: keys.ready('low'), completed: keys.completed, workMs: 30 };
    const start = () => fleet.startBroken(consumer);
    const members = [await start(), await start()];

    const kills = await killAtRandom(members, start, {
      forMs: 1_500,
      atLeast: 5,
      survivors: 0,
      pauseMs: [50, 200],
      seed: 1,
    });

    const report = checkLedger(fleet.readLedger(), await readFinalStates(test.redis, test.prefix()));
    evidence.add({ jobs: report.figures.stored, kills, 'seen as lost': report.counts.lost });
    expect(kills).toBeGreaterThan(0);
    expect(report.counts.lost).toBeGreaterThan(0);
    expect(report.counts['two-places']).toBeGreaterThan(0); // records that are nowhere
  });
});
