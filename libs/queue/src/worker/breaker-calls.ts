import type { QueueOptions, WorkerOptions } from '../queue.options.js';
import type { QueueKeys } from '../redis/queue-keys.js';
import type { ScriptRunner } from '../redis/script-runner.js';
import type { EndedAttempts } from './breaker-board.js';
import { commandDeadlineMs } from './worker-calls.js';

/** Jobs given back by one call. */
const UNPARKED_A_CALL = 500;

/** What is kept of the breakers of a partition, and when. */
export interface BreakerNews {
  readonly nowMs: number;
  readonly breakers: string;
}

/** The script calls about breakers that need no worker id. No state, no decisions. */
export class BreakerCalls {
  private readonly deadlineMs: number;

  constructor(
    private readonly keys: QueueKeys,
    private readonly runner: ScriptRunner,
    queueOptions: QueueOptions,
    private readonly options: WorkerOptions,
  ) {
    this.deadlineMs = commandDeadlineMs(queueOptions, options);
  }

  /** Tells what ended here; opens and closes breakers by what all have told. */
  async count(ended: readonly EndedAttempts[]): Promise<BreakerNews> {
    const { windowMs, cooldownPeriodMs, minSamples, failureThreshold } = this.options.circuitBreaker;
    const keys = [this.keys.control, ...ended.map(({ kind }) => this.keys.attempts(kind))];
    const rows = ended.flatMap(({ kind, attempts, failures, probed }) => [kind, attempts, failures, probed]);
    const args = [windowMs, cooldownPeriodMs, minSamples, failureThreshold, ...rows].map(String);
    return newsOf(await this.runner.run('count-attempts', keys, args, this.deadlineMs));
  }

  /** Gives some parked jobs of a closed breaker back. */
  async unpark(queue: string, kind: string): Promise<BreakerNews & { readonly count: number }> {
    const { control, paused } = this.keys;
    const keys = [control, paused, this.keys.parked(queue, kind), this.keys.ready(queue), this.keys.wake(queue)];
    const answer = await this.runner.run('unpark', keys, [queue, kind, String(UNPARKED_A_CALL)], this.deadlineMs);
    return { ...newsOf(answer), count: (answer as [string, string, number])[2] };
  }
}

function newsOf(answer: unknown): BreakerNews {
  const [nowMs, breakers] = answer as [string, string];
  return { nowMs: Number(nowMs), breakers };
}
