import { QueueEvents } from '@app/queue';
import { describe, expect, it } from 'vitest';
import type { LogLevel } from '../observability.options.js';
import { AppLogger } from './app-logger.js';
import { EventLog } from './event-log.service.js';

const run = { jobId: 'j1', kind: 'file.digest', queue: 'low', workerId: 'w1', attempt: 2 };

function listening(logLevel: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  const logStream = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const events = new QueueEvents();
  new EventLog(events, new AppLogger({ app: 'worker', version: '1', logLevel, logStream })).onModuleInit();
  return { events, lines };
}

describe('EventLog', () => {
  it('tells of a failed attempt with the job, the run and the error', () => {
    const { events, lines } = listening('info');
    const failure = {
      fingerprint: 'f',
      errorClass: 'RangeError',
      message: 'boom',
      stack: 'RangeError: boom\n    at f',
    };

    events.emit('job.failed', { ...run, durationMs: 12.5, reason: 'error', failure });

    expect(lines[0]).toMatchObject({
      level: 'warn',
      msg: 'job failed (error)',
      job_id: 'j1',
      kind: 'file.digest',
      queue: 'low',
      worker_id: 'w1',
      attempt: 2,
      duration_ms: 12.5,
      err: { type: 'RangeError', message: 'boom', stack: 'RangeError: boom\n    at f' },
    });
  });

  it('does not even listen to what its level leaves out', () => {
    const { events } = listening('info');

    expect(events.isHeard('job.completed')).toBe(false);
    expect(events.isHeard('job.dead')).toBe(true);
    expect(listening('debug').events.isHeard('job.completed')).toBe(true);
  });

  it('gives each event its level', () => {
    const { events, lines } = listening('debug');

    events.emit('job.completed', { ...run, durationMs: 1 });
    events.emit('worker.registered', { workerId: 'w1', partition: 0 });
    events.emit('job.lost', { ...run, cause: 'lease-lost' });
    events.emit('worker.revoked', { workerId: 'w2', partition: 0 });
    events.emit('reaper.amnesty', { partition: 0, untilMs: 0 });
    events.emit('job.dead', { ...run, reason: 'timeout' });

    expect(lines.map(({ level }) => level)).toEqual(['debug', 'info', 'warn', 'warn', 'warn', 'error']);
  });

  it('tells when a circuit breaker opens and closes; what is between only at debug', () => {
    const cycle = ['closed', 'open', 'half-open', 'open', 'half-open', 'closed'] as const;
    const tell = (events: QueueEvents) =>
      cycle
        .slice(1)
        .forEach((to, n) => events.emit('breaker.changed', { kind: 'k', partition: 0, from: cycle[n]!, to }));
    const [info, debug] = [listening('info'), listening('debug')];

    tell(info.events);
    tell(debug.events);

    expect(info.lines.map(({ level, kind }) => [level, kind])).toEqual([
      ['warn', 'k'],
      ['info', 'k'],
    ]);
    expect(debug.lines.map(({ level }) => level)).toEqual(['warn', 'debug', 'debug', 'debug', 'info']);
  });

  it('writes one line a second for a loop that keeps failing, and each loop has its own', () => {
    const { events, lines } = listening('info');

    for (let n = 0; n < 100; n++) events.emit('loop.failed', { loop: 'fetcher', error: new Error('x') });
    events.emit('loop.failed', { loop: 'reaper', error: new Error('y') });

    expect(lines.map(({ msg }) => msg)).toEqual(['loop "fetcher" failed', 'loop "reaper" failed']);
  });

  it('tells of Redis going and coming once a change', () => {
    const { events, lines } = listening('info');

    events.emit('redis.up', {});
    events.emit('redis.down', { detail: 'ECONNREFUSED' });
    events.emit('redis.down', { detail: 'ECONNREFUSED' });
    events.emit('redis.up', {});

    expect(lines.map(({ msg }) => msg)).toEqual(['Redis is down: ECONNREFUSED', 'Redis is up']);
  });
});
