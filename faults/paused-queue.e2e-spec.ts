import { setTimeout as sleep } from 'node:timers/promises';
import { useRedis } from '@app/testing';
import { describe, expect } from 'vitest';
import { runAdmin } from '../apps/admin/test/run-admin.js';
import { faultTest } from './fault-test.js';
import { isLong, WORKER } from './scale.js';
import { useFleet } from './use-fleet.js';

const COUNT_MS = isLong ? 60_000 : 5_500;
const WORKERS = 2;
const JOBS = 1_000;

describe('a paused queue with jobs in it', () => {
  const test = useRedis({ isPrivate: true });
  const fleet = useFleet(test);

  faultTest(
    'paused-queue',
    'keeps idle workers as quiet as an empty one',
    async (evidence) => {
      await fleet.startWorkers(WORKERS, WORKER);
      await fleet.waitUntilWaiting(WORKERS);
      const idle = await countCommands();

      await pause('low');
      await fleet.enqueue({ count: JOBS, kind: 'test.noop' });
      await fleet.waitUntilWaiting(WORKERS);
      const paused = await countCommands();

      evidence.add({ 'commands (empty)': idle, 'commands (paused)': paused });
      expect(fleet.linesOf('start')).toEqual([]);
      expect(paused).toBeLessThanOrEqual(2 * idle);
    },
    3 * COUNT_MS + 60_000,
  );

  async function countCommands(): Promise<number> {
    const before = await commandsSoFar();
    await sleep(COUNT_MS); // what is counted happens in this time
    return (await commandsSoFar()) - before - 1; // one is the question itself
  }

  async function commandsSoFar(): Promise<number> {
    return Number(/total_commands_processed:(\d+)/.exec(await test.redis.info('stats'))?.[1]);
  }

  async function pause(queue: string): Promise<void> {
    const settings = { REDIS_ADDR: test.addr, REDIS_PASSWORD: test.password, QUEUE_PREFIX: test.prefix() };
    const { code, stderr } = await runAdmin(['queue', 'pause', queue, '--reason=faults'], settings);
    if (code !== 0) throw new Error(stderr);
  }
});
