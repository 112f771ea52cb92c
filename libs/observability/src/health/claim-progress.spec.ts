import type { QueueOverview } from '@app/queue';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClaimProgress } from './claim-progress.js';
import { WorkInSight } from './work-in-sight.js';
import type { WorkerProbe, WorkerStatus } from './worker-status.js';

type Queue = QueueOverview['queues'][number];

const WELL: WorkerStatus = {
  state: 'running',
  running: 0,
  slots: 4,
  registered: true,
  claimLoopTurnedMsAgo: 3_000,
  claimLoopStalledMs: 0,
  lastStartMsAgo: 60_000,
  queues: ['high', 'low'],
};

describe('ClaimProgress', () => {
  let status: WorkerStatus | undefined;
  let work: WorkInSight;
  let progress: ClaimProgress;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
    status = WELL;
    work = new WorkInSight();
    progress = new ClaimProgress({ status: () => status } as WorkerProbe, work);
  });
  afterEach(() => void vi.useRealTimers());

  function sample(queue: Partial<Queue> = {}): void {
    const shown = { name: 'low', ready: 1, quarantined: 0, parked: 0, scheduled: 0, overdue: 0, oldestDueAgeMs: 9_000 };
    work.saw({ queues: [{ ...shown, paused: null, ...queue }] } as unknown as QueueOverview);
  }
  /** Two samples, as far apart as they are by default. */
  function samples(queue: Partial<Queue> = {}): void {
    sample(queue);
    vi.advanceTimersByTime(2_000);
    sample(queue);
  }

  it('finds nothing wrong with a worker that waits for work, nor in an app without one', () => {
    expect(progress.trouble()).toBeUndefined();
    status = undefined;
    expect(progress.trouble()).toBeUndefined();
    expect(progress.isStalled).toBe(false);
  });

  it('names a worker that leaves ready jobs lying although it has free slots', () => {
    samples();

    expect(progress.trouble()).toBe('jobs have been ready for 2 s, slots are free, and this worker claims none');
    expect(progress.isStalled).toBe(true);
  });

  it.each<[string, Partial<Queue>]>([
    ['are few moments old', { oldestDueAgeMs: 500 }],
    ['are paused', { paused: { reason: 'deploy', by: 'ops', untilMs: null } }],
    ['are to run alone', { quarantined: 1 }],
    ['are parked', { parked: 1 }],
    ['are of a queue that it does not serve', { name: 'other' }],
    ['have gone by the next look', { ready: 0, oldestDueAgeMs: null }],
  ])('does not wonder about jobs that %s', (_, queue) => {
    sample(queue.ready === 0 ? {} : queue);
    vi.advanceTimersByTime(2_000);
    sample(queue);

    expect(progress.trouble()).toBeUndefined();
  });

  it('does not wonder about a worker that starts jobs or was full a moment ago, nor about one look alone', () => {
    sample();
    expect(progress.trouble()).toBeUndefined();
    samples();
    status = { ...WELL, lastStartMsAgo: 900 };

    expect(progress.trouble()).toBeUndefined();
  });

  it('forgets what it saw when Redis is away', () => {
    samples();

    work.forget();

    expect(progress.trouble()).toBeUndefined();
  });

  it.each<[Partial<WorkerStatus>, string]>([
    [{ registered: false }, 'the worker is not registered in Redis'],
    [{ claimLoopStalledMs: 2_400 }, 'the worker has asked for work in vain for 2 s'],
    [{ claimLoopTurnedMsAgo: 16_000 }, 'the worker has not asked for work for 16 s'],
  ])('names what is wrong: %j', (facts, trouble) => {
    status = { ...WELL, ...facts };

    expect(progress.trouble()).toBe(trouble);
  });

  it('has nothing to say about a drain', () => {
    status = { ...WELL, state: 'draining', registered: false };
    samples();

    expect(progress.trouble()).toBeUndefined();
    expect(progress.isStalled).toBe(false);
  });
});
