import { describe, expect, it } from 'vitest';
import type { QueueCounts, QueueOverview, RedisFacts, WorkerInfo } from '@app/queue';
import { terminalOf } from '../output/render.js';
import { remarksOn } from './remarks.js';
import { statsView } from './stats.view.js';

const plain = terminalOf({ isTTY: false } as NodeJS.WriteStream, {});

describe('stats', () => {
  it('shows queues, totals, workers and Redis on one screen', () => {
    const overview = anOverview({ workers: [aWorker()], processing: { total: 2, oldestAgeMs: 12_300 } });

    expect(statsView(overview, plain)).toMatchInlineSnapshot(`
      "jobqueue at 127.0.0.1:6379/0
      Redis 7.0.15, memory 1.5 MiB, no limit, noeviction

      QUEUE  READY  SCHEDULED  OVERDUE  OLDEST DUE  PAUSED
      high       0          0        0           -  no
      low        0          0        0           -  no

      processing  2, oldest 12s
      dead        0
      completed   1,000 kept
      breakers    closed

      WORKER      HEARTBEAT  LEASE  JOBS  SLOTS  OLDEST  QUEUES
      web-7-3f9a     2s ago    28s     2     16     12s  high,low"
    `);
  });

  it('tells how long a pause lasts', () => {
    const pause = (untilMs: number | null) => ({ reason: 'deploy', by: 'ops', untilMs });
    const shown = (untilMs: number | null) =>
      statsView(anOverview({ queues: [aQueue({ paused: pause(untilMs) })] }), plain);

    expect(shown(null)).toContain('yes, by ops: deploy');
    expect(shown(1_060_000)).toContain('yes, by ops, for 1m more: deploy');
    expect(shown(999_999)).toContain('yes, by ops, over, lifted by the next worker: deploy');
  });

  it('tells which breakers are not closed, and how many jobs wait for each', () => {
    const breakers = [
      { kind: 'mail\u001b[2J', state: 'open' as const, parked: 1_204 },
      { kind: 'http.request', state: 'half-open' as const, parked: 0 },
    ];

    expect(statsView(anOverview({ breakers }), plain)).toContain(
      'breakers    mail\\u001b[2J open, 1,204 parked; http.request half-open, 0 parked',
    );
  });

  it('shows names of strangers escaped', () => {
    const overview = anOverview({ workers: [aWorker({ workerId: 'web\u001b[2J', queues: ['lo\nw'] })] });

    expect(statsView(overview, plain)).toContain('web\\u001b[2J');
    expect(statsView(overview, plain)).toContain('lo\\nw');
  });
});

describe('remarks', () => {
  it('has nothing to say about a queue at rest', () => {
    expect(remarksOn(anOverview())).toEqual([]);
  });

  it.each<[string, Partial<QueueOverview>, string]>([
    ['jobs without a worker', { queues: [aQueue({ ready: 3 })] }, '3 jobs and no worker is alive'],
    ['a lost worker', { workers: [aWorker(), aWorker({ leaseRemainingMs: -1 })] }, 'another worker takes over 2 jobs'],
    [
      'the last worker lost',
      { workers: [aWorker({ revoked: true, heldJobs: 1 })] },
      'the next worker takes over 1 job',
    ],
    [
      'a pause that holds jobs back',
      { workers: [aWorker()], queues: [aQueue({ ready: 3, paused: { reason: 'deploy', by: 'ops', untilMs: null } })] },
      'queue low is paused and 3 jobs could run',
    ],
    [
      'a queue that nobody serves',
      { workers: [aWorker({ queues: ['high'] })], queues: [aQueue({ scheduled: 2, overdue: 2 })] },
      'no worker serves queue low, where 2 jobs could run',
    ],
    [
      'an open breaker',
      { breakers: [{ kind: 'mail.send', state: 'open', parked: 3 }] },
      'breaker of mail.send is open',
    ],
    ['dead jobs', { dead: { total: 2, oldestAgeMs: 7_200_000 } }, '2 dead jobs, the oldest for 2h'],
    ['a Redis that evicts', { redis: aRedis({ evictionPolicy: 'allkeys-lru' }) }, 'noeviction'],
    ['a full Redis', { redis: aRedis({ usedMemoryBytes: 95, maxMemoryBytes: 100 }) }, 'nearly full'],
  ])('points at %s', (_, given, remark) => {
    expect(remarksOn(anOverview(given))).toEqual([expect.stringContaining(remark)]);
  });
});

function anOverview(given: Partial<QueueOverview> = {}): QueueOverview {
  return {
    nowMs: 1_000_000,
    partitions: 1,
    prefix: 'jobqueue',
    address: '127.0.0.1:6379/0',
    queues: [aQueue({ name: 'high' }), aQueue()],
    processing: { total: 0, oldestAgeMs: null },
    dead: { total: 0, oldestAgeMs: null },
    completed: { total: 1_000 },
    breakers: [],
    workers: [],
    redis: aRedis(),
    ...given,
  };
}

function aQueue(given: Partial<QueueCounts> = {}): QueueCounts {
  return {
    name: 'low',
    ready: 0,
    quarantined: 0,
    parked: 0,
    scheduled: 0,
    overdue: 0,
    oldestDueAgeMs: null,
    paused: null,
    ...given,
  };
}

function aRedis(given: Partial<RedisFacts> = {}): RedisFacts {
  return { version: '7.0.15', usedMemoryBytes: 1_572_864, maxMemoryBytes: 0, evictionPolicy: 'noeviction', ...given };
}

function aWorker(given: Partial<WorkerInfo> = {}): WorkerInfo {
  return {
    workerId: 'web-7-3f9a',
    partition: 0,
    host: 'web',
    pid: 7,
    version: '0.1.0',
    queues: ['high', 'low'],
    slots: 16,
    startedAtMs: 0,
    leaseRemainingMs: 28_000,
    revoked: false,
    heartbeatAgeMs: 2_000,
    heldJobs: 2,
    oldestHeldAgeMs: 12_300,
    ...given,
  };
}
