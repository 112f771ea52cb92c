import { QueueEvents } from '@app/queue';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RunReport } from './run-report.js';

const run = { jobId: 'a', kind: 'file.digest', queue: 'high', workerId: 'w', attempt: 1 };
const failure = { fingerprint: 'f', errorClass: 'Error', message: 'm', stack: '' };

let events: QueueEvents;
let sent: unknown[];

beforeEach(() => {
  vi.useFakeTimers();
  events = new QueueEvents();
  sent = [];
  vi.spyOn(process, 'send').mockImplementation((message: unknown) => sent.push(message) > 0);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function start(): RunReport {
  vi.stubEnv('JOBQUEUE_REPORT', '1');
  const report = new RunReport(events);
  report.onModuleInit();
  return report;
}

it('sends the ends of five runs as one message, with what the handler called its job', () => {
  const report = start();
  for (let index = 0; index < 5; index += 1) {
    const job = { ...run, jobId: `job-${index}` };
    events.emit('job.claimed', { ...job, waitMs: 10 + index });
    report.label(job.jobId, `/d/${index}`);
    events.emit('job.completed', { ...job, durationMs: 2 });
  }

  vi.advanceTimersByTime(200);

  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({ type: 'job-ends', ends: { length: 5 } });
  expect((sent[0] as { ends: unknown[] }).ends[4]).toEqual({
    queue: 'high',
    kind: 'file.digest',
    outcome: 'completed',
    waitMs: 14,
    durationMs: 2,
    label: '/d/4',
  });
});

it('tells a failed attempt from a dead job, and forgets runs that were postponed, given back or lost', () => {
  const report = start();
  const claim = (jobId: string) => events.emit('job.claimed', { ...run, jobId, waitMs: 1 });
  for (const jobId of ['retried', 'dead', 'snoozed', 'released', 'lost']) claim(jobId);
  for (const jobId of ['retried', 'dead'])
    events.emit('job.failed', { ...run, jobId, durationMs: 7, reason: 'error', failure });
  events.emit('job.retried', { ...run, jobId: 'retried', delayMs: 5 });
  events.emit('job.dead', { ...run, jobId: 'dead', reason: 'retries-exhausted' });
  events.emit('job.snoozed', { ...run, jobId: 'snoozed', durationMs: 1, reason: 'handler', delayMs: 5 });
  events.emit('job.released', { ...run, jobId: 'released' });
  events.emit('job.lost', { ...run, jobId: 'lost', cause: 'lease-lost' });

  report.onApplicationShutdown();

  const end = { queue: 'high', kind: 'file.digest', waitMs: 1, durationMs: 7 };
  expect(sent).toEqual([
    {
      type: 'job-ends',
      ends: [
        { ...end, outcome: 'failed' },
        { ...end, outcome: 'dead' },
      ],
    },
  ]);
});

it('listens to nothing when nobody asked', () => {
  vi.stubEnv('JOBQUEUE_REPORT', '');
  const report = new RunReport(events);

  report.onModuleInit();
  report.label('a', '/d/a');

  expect(events.isHeard('job.completed')).toBe(false);
});
