import { describe, expect, it } from 'vitest';
import { useRedis, waitUntil } from '@app/testing';
import { readFinalStates } from '../../../faults/final-states.js';
import { useFleet } from '../../../faults/use-fleet.js';
import { DRAINING_LINE } from '../../../faults/workload/workload-options.js';

describe('a worker told to stop', () => {
  const test = useRedis();
  const fleet = useFleet(test);

  it('lets short jobs finish, claims no other, and exits 0', async () => {
    const leaving = await fleet.startWorker({ count: 4, shutdownTimeoutMs: 10_000 });
    await fleet.enqueue({ count: 8, kind: 'test.sleep', payload: { ms: 1_000 } });
    await fleet.waitForLines('start', 4);

    const { code } = await leaving.terminate();

    expect(code).toBe(0);
    expect(fleet.linesOf('start')).toHaveLength(4);
    expect(fleet.linesOf('accepted').map(({ outcome }) => outcome)).toEqual(Array(4).fill('completed'));
    expect((await fleet.check()).figures).toMatchObject({ completed: 4, queued: 4 });
  });

  it('gives long jobs back unharmed, and they start elsewhere within a second', async () => {
    const leaving = await fleet.startWorker({ count: 4, shutdownTimeoutMs: 500 });
    await fleet.enqueue(
      { count: 3, kind: 'test.sleep', payload: { ms: 4_000 } },
      { count: 1, kind: 'test.hang', options: { timeoutMs: 60_000 } },
    );
    await fleet.waitForLines('start', 4);
    const heir = await fleet.startWorker({ count: 4 });

    const { code } = await leaving.terminate();

    expect(code).toBe(0);
    const restarts = await fleet.waitForLines('start', 4, heir.pid);
    const [exit] = fleet.linesOf('exited').filter(({ subject }) => subject === leaving.pid);
    expect(Math.max(...restarts.map(({ atMs }) => atMs - exit!.atMs))).toBeLessThan(1_000);
    expect(restarts.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
    const { jobs } = await readFinalStates(test.redis, test.prefix());
    for (const { history } of jobs.values()) {
      expect(history).toMatchObject({ attempts: 0, crashes: 0, interruptions: 1 });
    }
    expect((await fleet.check()).violations).toEqual([]);
  });

  it('leaves at once when told twice', async () => {
    const leaving = await fleet.startWorker({ count: 1, shutdownTimeoutMs: 60_000 });
    await fleet.enqueue({ count: 1, kind: 'test.hang', options: { timeoutMs: 60_000 } });
    await fleet.waitForLines('start', 1);
    const gone = leaving.terminate();
    await waitUntil(() => leaving.output.includes(DRAINING_LINE));
    const toldMs = performance.now();

    await Promise.all([gone, leaving.terminate()]);

    expect(performance.now() - toldMs).toBeLessThan(5_000);
    const { jobs } = await readFinalStates(test.redis, test.prefix());
    expect([...jobs.values()].map(({ places }) => places)).toEqual([['ready:low']]);
  });
});
