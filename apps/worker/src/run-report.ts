import { QueueEvents, type QueueEventMap, type RunEvent } from '@app/queue';
import { Injectable, OnApplicationShutdown, OnModuleInit } from '@nestjs/common';

/** Set by a supervisor that wants to hear of finished runs. */
const SWITCH = 'JOBQUEUE_REPORT';
const FLUSH_INTERVAL_MS = 200;

/** The end of one run. `failed`: it will be tried again. Times in ms. */
export interface JobEnd {
  readonly queue: string;
  readonly kind: string;
  readonly outcome: 'completed' | 'failed' | 'dead';
  /** From being due to being started. */
  readonly waitMs: number;
  readonly durationMs: number;
  /** What a person would call the job: the path of its file. */
  readonly label?: string;
}

/** To a supervisor: the runs that ended since the last message. */
export interface JobEndsMessage {
  readonly type: 'job-ends';
  readonly ends: readonly JobEnd[];
}

interface Run {
  waitMs: number;
  durationMs: number;
  label?: string;
}

/**
 * Tells the process that started this one how every run ended, for its summary: only over a channel, and only when
 * `JOBQUEUE_REPORT=1` asks for it. Otherwise it listens to nothing. Holds one small entry a running job.
 */
@Injectable()
export class RunReport implements OnModuleInit, OnApplicationShutdown {
  private readonly isActive = process.send !== undefined && process.env[SWITCH] === '1';
  private readonly runs = new Map<string, Run>();
  private ends: JobEnd[] = [];

  constructor(private readonly events: QueueEvents) {}

  onModuleInit(): void {
    if (!this.isActive) return;
    this.events.on('job.claimed', ({ jobId, waitMs }) => this.runs.set(jobId, { waitMs, durationMs: 0 }));
    this.events.on('job.failed', ({ jobId, durationMs }) => this.change(jobId, { durationMs }));
    this.events.on('job.completed', (event) => this.end(event, 'completed', event.durationMs));
    this.events.on('job.retried', (event) => this.end(event, 'failed'));
    this.events.on('job.dead', (event) => this.end(event, 'dead'));
    for (const name of ['job.snoozed', 'job.released', 'job.lost'] as const) {
      this.events.on(name, ({ jobId }: QueueEventMap[typeof name]) => this.runs.delete(jobId));
    }
    setInterval(() => this.flush(), FLUSH_INTERVAL_MS).unref();
  }

  onApplicationShutdown(): void {
    this.flush();
  }

  /** Called by a handler while its job runs. */
  label(jobId: string, label: string): void {
    this.change(jobId, { label });
  }

  private change(jobId: string, facts: Partial<Run>): void {
    const run = this.runs.get(jobId);
    if (run) Object.assign(run, facts);
  }

  private end({ jobId, queue, kind }: RunEvent, outcome: JobEnd['outcome'], durationMs?: number): void {
    const run = this.runs.get(jobId) ?? { waitMs: 0, durationMs: 0 };
    this.runs.delete(jobId);
    this.ends.push({ queue, kind, outcome, ...run, ...(durationMs !== undefined && { durationMs }) });
  }

  private flush(): void {
    if (this.ends.length === 0 || !process.connected) return;
    process.send?.(
      { type: 'job-ends', ends: this.ends } satisfies JobEndsMessage,
      undefined,
      undefined,
      () => undefined,
    );
    this.ends = [];
  }
}
