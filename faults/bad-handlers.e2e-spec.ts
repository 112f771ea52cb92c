import { useRedis } from '@app/testing';
import { describe, expect } from 'vitest';
import { faultTest } from './fault-test.js';
import { WORKER } from './scale.js';
import { useFleet } from './use-fleet.js';
import type { JobGroup } from './workload/workload-options.js';

const dies = (kind: JobGroup['kind'], payload: JobGroup['payload'] = {}, maxRetries = 1): JobGroup => ({
  count: 1,
  kind,
  payload,
  options: { maxRetries, timeoutMs: 500 },
  fate: 'dies',
});

describe('handlers that misbehave', () => {
  const test = useRedis();
  const fleet = useFleet(test);

  faultTest('bad-handlers', 'are tried again, end dead with words, and give their slots back', async (evidence) => {
    await fleet.startWorkers(2, { ...WORKER, count: 2 });
    await fleet.enqueue(
      dies('test.hang', {}, 0), // as many as one worker has slots, and none hears its abort
      dies('test.hang', {}, 0),
      dies('test.sleep', { ms: 60_000 }),
      dies('test.sleep', { ms: 60_000 }),
      dies('test.fail', { message: 'no such order' }),
      dies('test.fail', { message: '' }),
      dies('test.reject', { rejectWith: 'undefined' }),
      dies('test.reject', { rejectWith: 'null' }),
      dies('test.reject', { rejectWith: 'text' }),
      dies('test.reject', { rejectWith: 'object' }),
    );
    await fleet.enqueue({ count: 40, kind: 'test.noop' });
    await fleet.waitUntilIdle(30_000);

    const { figures } = await evidence.judge(fleet);
    const dead = (await fleet.deadJobs()).map(({ history }) => history!);
    evidence.add({ dead: dead.length, 'without a reason': dead.filter(isSilent).length });
    expect(figures).toMatchObject({ dead: 10, completed: 40 });
    expect(countOf(dead.map(({ reason, attempts }) => `${reason} after ${attempts}`))).toEqual({
      'retries-exhausted after 2': 6,
      'timeout after 2': 2,
      'timeout after 1': 2,
    });
    expect(dead.filter(isSilent)).toEqual([]);
  });
});

function isSilent({ trail }: { readonly trail: readonly { readonly summary: string }[] }): boolean {
  return trail.length === 0 || trail.some(({ summary }) => !/: \S/.test(summary));
}

function countOf(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
