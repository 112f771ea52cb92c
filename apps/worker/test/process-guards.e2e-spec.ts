import { describe, expect } from 'vitest';
import { useRedis } from '@app/testing';
import { faultTest } from '../../../faults/fault-test.js';
import { useFleet } from '../../../faults/use-fleet.js';

/** The lease is long: what comes back before it is over was not waited for. */
const LEASE_MS = 30_000;

describe('a worker that must not go on', () => {
  const test = useRedis();
  const fleet = useFleet(test);
  const worker = { count: 4, heartbeatTtlMs: LEASE_MS };

  faultTest(
    'culprits',
    'after an error that nobody caught: says so once, ends with 1, and its jobs have a crash each',
    async () => {
      const heir = await fleet.startWorker({ ...worker, heartbeatTtlMs: 5_000, priorities: ['high'] });
      const guarded = await fleet.startGuarded(worker);
      await fleet.enqueue(
        { count: 1, kind: 'test.sleep', payload: { ms: 5_000 } },
        { count: 1, kind: 'test.throw-later', payload: { ms: 1_000 }, fate: 'dies' },
      );

      const { code } = await guarded.ended;

      expect(code).toBe(1);
      const fatal = linesOf(guarded.output).filter(({ level }) => level === 'fatal');
      expect(fatal).toHaveLength(1);
      expect(fatal[0]).toMatchObject({
        msg: 'an error that nobody caught: this process ends',
        err: { message: 'thrown in a timer by design', stack: expect.stringContaining('at ') },
      });
      await fleet.waitForLines('recovered', 2, heir.pid, { timeoutMs: LEASE_MS });
      const pasts = await fleet.histories();
      expect(pasts).toMatchObject([
        { crashes: 1, interruptions: 0 },
        { crashes: 1, interruptions: 0 },
      ]);
    },
    90_000,
  );

  faultTest(
    'bad-handlers',
    'after half of its slots are stuck: drains, gives back what can run elsewhere, and ends with 1',
    async (evidence) => {
      const guarded = await fleet.startGuarded({ ...worker, count: 2, shutdownTimeoutMs: 500 });
      await fleet.enqueue(
        { count: 1, kind: 'test.hang', options: { timeoutMs: 200, maxRetries: 0 }, fate: 'dies' },
        { count: 1, kind: 'test.sleep', payload: { ms: 20_000 } },
      );

      const { code } = await guarded.ended;

      expect(code).toBe(1);
      expect(guarded.output).toContain('1 handlers ignore that their time is over, with 2 slots');
      const { figures } = await evidence.judge(fleet);
      expect(figures).toMatchObject({ dead: 1, queued: 1 });
      expect(await fleet.histories()).toMatchObject([{ reason: 'timeout' }, { crashes: 0, interruptions: 1 }]);
    },
    60_000,
  );
});

/** The log lines of an app. */
function linesOf(output: string): Record<string, unknown>[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
