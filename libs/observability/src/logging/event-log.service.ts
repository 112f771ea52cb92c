import { QueueEvents, type QueueEventMap, type QueueEventName, type RunEvent } from '@app/queue';
import { Injectable, type OnModuleInit, Optional } from '@nestjs/common';
import type { LogLevel } from '../observability.options.js';
import { Tracing } from '../tracing/tracing.service.js';
import { AppLogger } from './app-logger.js';
import { logError, toLogError } from './log-error.js';
import type { LogFields } from './log-fields.js';

/** A loop that fails again and again is logged at most this often. */
const LOOP_LOG_INTERVAL_MS = 1_000;

/** The message of a line and its fields. */
type Line = readonly [msg: string, fields?: LogFields];

/**
 * Turns what happens in the queue into log lines. Only events whose level is on are listened to, so a level that is off
 * costs nothing, not even the event.
 */
@Injectable()
export class EventLog implements OnModuleInit {
  private readonly lastLoopLogMs = new Map<string, number>();
  private readonly heldBack = new Map<string, number>();
  private isRedisDown = false;

  constructor(
    private readonly events: QueueEvents,
    private readonly logger: AppLogger,
    @Optional() private readonly tracing?: Tracing,
  ) {}

  onModuleInit(): void {
    this.logJobs();
    this.logWorkers();
    this.logTroubles();
  }

  private logJobs(): void {
    this.line('debug', 'job.completed', (event) => [
      'job completed',
      { ...this.runFields(event), duration_ms: event.durationMs },
    ]);
    this.line('warn', 'job.failed', ({ reason, failure, ...event }) => [
      `job failed (${reason})`,
      {
        ...this.runFields(event),
        duration_ms: event.durationMs,
        err: logError(failure.errorClass, failure.message, failure.stack),
      },
    ]);
    this.line('error', 'job.dead', (event) => [`job is dead (${event.reason})`, this.runFields(event)]);
    this.line('warn', 'job.lost', (event) => [`job lost while it ran (${event.cause})`, this.runFields(event)]);
    this.line('warn', 'handler.stuck', (event) => ['handler still runs after its abort', this.runFields(event)]);
    this.line('info', 'job.recovered', ({ jobId, queue, fromWorkerId, crashes }) => [
      `job taken over from a lost worker (crash ${crashes})`,
      { job_id: jobId, queue, worker_id: fromWorkerId },
    ]);
  }

  private logWorkers(): void {
    this.line('info', 'worker.registered', ({ workerId, partition }) => [
      `worker registered in partition ${partition}`,
      { worker_id: workerId },
    ]);
    this.line('warn', 'worker.lost', ({ workerId, partition }) => [
      `worker lost its registration in partition ${partition}`,
      { worker_id: workerId },
    ]);
    this.line('warn', 'worker.deaf', ({ silentMs }) => [
      `no claim has been answered for ${Math.round(silentMs / 1_000)} s: all connections are made anew`,
    ]);
    this.line('info', 'solo.started', ({ jobId, workerId }) => [
      'a job that crashed twice runs alone, in a process of its own',
      { job_id: jobId, worker_id: workerId },
    ]);
    this.line('info', 'worker.draining', ({ running }) => [`draining: ${running} jobs still run`]);
    this.line('warn', 'worker.revoked', ({ workerId, partition }) => [
      `revoked a worker whose lease was over, partition ${partition}`,
      { worker_id: workerId },
    ]);
    this.line('warn', 'reaper.amnesty', ({ partition, untilMs }) => [
      `amnesty in partition ${partition}: nobody is revoked before ${new Date(untilMs).toISOString()}`,
    ]);
  }

  private logTroubles(): void {
    this.line('error', 'loop.failed', (event) => this.loopLine(event));
    this.logBreakers();
    this.line('warn', 'redis.down', ({ detail }) => this.onRedis(true, `Redis is down: ${detail}`));
    this.line('info', 'redis.up', () => this.onRedis(false, 'Redis is up'));
  }

  /** The first opening and the end of it; what is between may come often. */
  private logBreakers(): void {
    this.line('warn', 'breaker.changed', ({ kind, from, to }) =>
      from === 'closed' && to === 'open'
        ? [
            `circuit breaker opened: too many attempts of kind "${kind}" fail, no job of it is tried for a while`,
            { kind },
          ]
        : undefined,
    );
    this.line('info', 'breaker.changed', ({ kind, to }) =>
      to === 'closed' ? [`circuit breaker closed: kind "${kind}" runs again`, { kind }] : undefined,
    );
    this.line('debug', 'breaker.changed', ({ kind, from, to }) =>
      from !== 'closed' && to !== 'closed' ? [`circuit breaker of kind "${kind}" is ${to}`, { kind }] : undefined,
    );
  }

  private line<Name extends QueueEventName>(
    level: LogLevel,
    name: Name,
    describe: (event: QueueEventMap[Name]) => Line | undefined,
  ): void {
    if (!this.logger.isEnabled(level)) return;
    this.events.on(name, (event) => {
      const line = describe(event);
      if (line) this.logger.write(level, ...line);
    });
  }

  private runFields({ jobId, kind, queue, workerId, attempt }: RunEvent): LogFields {
    const trace = this.tracing?.jobs?.traceOf(jobId, attempt);
    return { job_id: jobId, kind, queue, worker_id: workerId, attempt, ...trace };
  }

  private loopLine({ loop, error }: QueueEventMap['loop.failed']): Line | undefined {
    const nowMs = performance.now();
    const lastMs = this.lastLoopLogMs.get(loop);
    if (lastMs !== undefined && nowMs - lastMs < LOOP_LOG_INTERVAL_MS) {
      this.heldBack.set(loop, (this.heldBack.get(loop) ?? 0) + 1);
      return undefined;
    }
    const more = this.heldBack.get(loop) ?? 0;
    this.heldBack.delete(loop);
    this.lastLoopLogMs.set(loop, nowMs);
    return [
      `loop "${loop}" failed${more > 0 ? ` (and ${more} times since the last line)` : ''}`,
      { err: toLogError(error) },
    ];
  }

  private onRedis(isDown: boolean, msg: string): Line | undefined {
    if (isDown === this.isRedisDown) return undefined;
    this.isRedisDown = isDown;
    return [msg];
  }
}
