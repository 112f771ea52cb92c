import type { Type } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { randomUUID } from 'node:crypto';
import { InvalidPayloadError } from '../errors/invalid-payload.error.js';
import type { FailureReason, Job } from '../job/job.js';
import type { JobHandlerContract } from '../worker/job-handler.js';
import { JOB_HANDLER, type JobHandlerMetadata } from '../worker/job-handler.decorator.js';
import { JobRun } from '../worker/job-run.js';
import { failedBy, type Outcome } from '../worker/outcome.js';
import { payloadCheck } from '../worker/payload-check.js';

const KIND = 'test';
const DEFAULT_TIMEOUT_MS = 5_000;

/** What the handler is told besides the payload. */
export interface RunHandlerOptions {
  /** Default: 1. */
  readonly attempt?: number;
  /** After it the signal is aborted, as in a worker. Default: what the handler says of its kind, else 5 s. */
  readonly timeoutMs?: number;
  /** Aborts the run as a drain would. */
  readonly signal?: AbortSignal;
  /** Fields of the job besides its payload. */
  readonly job?: Partial<Omit<Job, 'payload'>>;
}

/** What a worker would have made of the run. `released`: aborted, and given back without an attempt. */
export type HandlerRun<Result> =
  | { readonly outcome: 'completed'; readonly result: Result }
  | {
      readonly outcome: 'failed';
      readonly reason: FailureReason;
      readonly errorClass: string;
      readonly message: string;
    }
  | { readonly outcome: 'snoozed'; readonly delayMs: number }
  | { readonly outcome: 'released' };

/**
 * Runs a handler once as a worker does, without Redis and without Nest. Never rejects: what the handler throws is in
 * the outcome. The payload travels through JSON first, as it does in the queue, and is checked by the class that
 * `@JobHandler` names.
 */
export async function runHandler<Payload, Result>(
  handler: JobHandlerContract<Payload, Result>,
  payload: unknown,
  options: RunHandlerOptions = {},
): Promise<HandlerRun<Awaited<Result>>> {
  const metadata = new Reflector().get<JobHandlerMetadata | undefined>(JOB_HANDLER, handler.constructor as Type);
  try {
    const job = fakeJob(payload, { kind: metadata?.kind ?? KIND, ...options.job }, metadata);
    return toHandlerRun(await run(handler as JobHandlerContract, job, { timeoutMs: metadata?.timeoutMs, ...options }));
  } catch (error) {
    if (error instanceof InvalidPayloadError) return toHandlerRun(failedBy('invalid-payload', error));
    throw error;
  }
}

function run(handler: JobHandlerContract, job: Job, options: RunHandlerOptions): Promise<Outcome> {
  const { attempt = 1, timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options;
  return new Promise((ended) => {
    const listener = { ended, detached: () => undefined, stopped: () => undefined };
    const jobRun = new JobRun(job, 'test-worker', attempt, timeoutMs, listener);
    const abort = () =>
      jobRun.abort(signal?.reason instanceof Error ? signal.reason : new Error('aborted by the test'));
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    jobRun.start(handler);
  });
}

/** @throws {InvalidPayloadError} the payload breaks a rule of its class. */
function fakeJob(payload: unknown, fields: Partial<Job>, metadata: JobHandlerMetadata | undefined): Job {
  const nowMs = Date.now();
  const sent = JSON.parse(JSON.stringify(payload ?? null)) as unknown;
  const checked = metadata?.payload ? payloadCheck(metadata.payload)(sent) : sent;
  const defaults = { id: randomUUID(), kind: KIND, queue: 'low', headers: {}, createdAtMs: nowMs, dueAtMs: nowMs };
  return { ...defaults, ...fields, payload: checked };
}

function toHandlerRun<Result>(outcome: Outcome): HandlerRun<Result> {
  switch (outcome.type) {
    case 'completed':
      return { outcome: 'completed', result: outcome.result as Result };
    case 'failed': {
      const { errorClass, message } = outcome.failure;
      return { outcome: 'failed', reason: outcome.reason, errorClass, message };
    }
    case 'snoozed':
      return { outcome: 'snoozed', delayMs: outcome.delayMs ?? 0 };
    case 'released':
    case 'answered': // never the end of a handler: jobs of a benchmark have none
      return { outcome: 'released' };
  }
}
