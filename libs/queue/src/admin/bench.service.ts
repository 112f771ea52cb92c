import { Inject, Injectable } from '@nestjs/common';
import { InvalidPayloadError } from '../errors/invalid-payload.error.js';
import { benchRecordTail } from '../job/bench-job.js';
import type { QueueOptions } from '../queue.options.js';
import { QUEUE_OPTIONS } from '../queue.tokens.js';
import { RedisConnections } from '../redis/redis-connections.js';
import { ScriptRunner } from '../redis/script-runner.js';
import { benchOutlook, type BenchOutlook } from './bench-outlook.js';
import type { BenchControl, BenchRequest, BenchResult } from './bench.js';
import { BenchRun } from './bench-run.js';
import { InspectService } from './inspect.service.js';
import { checkQueue } from './partitions.js';

/**
 * Measures a queue that is in use, with jobs of a kind that every worker answers itself. They touch no other job, leave
 * nothing in the completed list or the dead letter queue, and are dropped unrun after the timeout, whatever becomes of
 * this process. Never more than a thousand of them wait at once, so other jobs of the queue wait no longer for them.
 */
@Injectable()
export class BenchService {
  constructor(
    private readonly inspect: InspectService,
    private readonly runner: ScriptRunner,
    private readonly connections: RedisConnections,
    @Inject(QUEUE_OPTIONS) private readonly options: QueueOptions,
  ) {}

  /**
   * What stands in the way of a benchmark of this queue, or ahead of it. Reads only.
   *
   * @throws {QueueError} `invalid-options`: no such queue.
   */
  async look(queue: string): Promise<BenchOutlook> {
    checkQueue(queue, this.options);
    return benchOutlook(await this.inspect.overview(), queue);
  }

  /**
   * Runs it to its end, its timeout or its signal.
   *
   * @throws {QueueError} `invalid-options`, {@link InvalidPayloadError}: nothing was sent.
   * @throws {RedisUnavailableError} Redis did not answer; the deadline of the jobs ends them.
   */
  async run(request: BenchRequest, control: BenchControl = {}): Promise<BenchResult> {
    const { queue, payloadBytes, timeoutMs } = request;
    checkQueue(queue, this.options);
    this.checkSize(queue, payloadBytes);
    const { nowMs } = await this.inspect.overview();
    const parts = { runner: this.runner, connections: this.connections, options: this.options };
    const run = new BenchRun(parts, request, nowMs + timeoutMs, control);
    return run.complete();
  }

  private checkSize(queue: string, payloadBytes: number): void {
    const { maxPayloadBytes } = this.options;
    const longest = { runId: 'x'.repeat(32), deadlineMs: Number.MAX_SAFE_INTEGER };
    if (benchRecordTail(queue, longest, payloadBytes).length > maxPayloadBytes)
      throw new InvalidPayloadError(
        `of a benchmark takes ${payloadBytes} bytes and its address, queue.max_payload_bytes allows ${maxPayloadBytes}`,
      );
  }
}
