import { WorkerConfig } from '@app/config';
import { type Job, type JobContext, JobHandler, type JobHandlerContract } from '@app/queue';
import { Injectable } from '@nestjs/common';
import { HostResolver } from '../http/host-resolver.js';
import { type Answer, postJson } from '../http/post-json.js';
import { allowedTarget, checkAddresses, type Target } from '../http/target.js';
import { judgeAnswer } from '../http/verdict.js';
import { HttpRequestPayload } from './http-request.payload.js';

/** What is stored as the outcome of the job. */
export interface HttpRequestResult {
  readonly status: number;
  /** Its first 8 KiB, as text. */
  readonly body: string;
  readonly truncated: boolean;
}

/**
 * Posts `payload.body` to `payload.url`, whose origin a setting must allow. The id of the job travels as
 * `Idempotency-Key`: a job may be posted more than once. What an answer means: `judgeAnswer`; a network error and a
 * timeout are failed attempts.
 */
@Injectable()
@JobHandler('http.request', { payload: HttpRequestPayload })
export class HttpRequestHandler implements JobHandlerContract<HttpRequestPayload, HttpRequestResult> {
  constructor(
    private readonly config: WorkerConfig,
    private readonly resolver: HostResolver,
  ) {}

  async handle(job: Job<HttpRequestPayload>, context: JobContext): Promise<HttpRequestResult> {
    const { url, body } = job.payload;
    const target = allowedTarget(url, this.config.httpRequest);
    const answer = await this.post(target, { id: job.id, body: JSON.stringify(body ?? null) }, context.signal);
    judgeAnswer(answer, target.label, Date.now());
    return { status: answer.status, body: answer.body, truncated: answer.truncated };
  }

  private async post(target: Target, job: { id: string; body: string }, runSignal: AbortSignal): Promise<Answer> {
    const { timeoutMs } = this.config.httpRequest;
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([runSignal, timeout]);
    const headers = { 'user-agent': 'job-queue-system', 'idempotency-key': job.id };
    try {
      signal.throwIfAborted();
      const addresses = await this.resolve(target, signal);
      return await postJson({ url: target.url, addresses, headers, body: job.body, signal });
    } catch (error) {
      runSignal.throwIfAborted();
      if (timeout.aborted) throw new Error(`${target.label} did not answer within ${timeoutMs} ms`, { cause: error });
      throw error;
    }
  }

  /** Resolved once and checked; a resolver that hangs ends with the signal. */
  private async resolve(target: Target, signal: AbortSignal) {
    const host = target.url.hostname.replace(/^\[(.*)\]$/, '$1');
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    const addresses = await Promise.race([this.resolver.resolve(host), aborted]);
    checkAddresses(target, addresses);
    return addresses;
  }
}
