import { Inject, Injectable } from '@nestjs/common';
import type { QueueOptions } from '../queue.options.js';
import { QUEUE_OPTIONS } from '../queue.tokens.js';
import { QueueKeys } from '../redis/queue-keys.js';
import { ScriptRunner } from '../redis/script-runner.js';

const JOBS_A_CALL = 500;

/** Forgets completed jobs by age. Their number is bounded in the hot path already. */
@Injectable()
export class Retention {
  constructor(
    @Inject(QUEUE_OPTIONS) private readonly options: QueueOptions,
    private readonly runner: ScriptRunner,
  ) {}

  /** One pass over one partition, in bounded calls. */
  async trim(partition: number): Promise<void> {
    const keys = new QueueKeys(this.options.prefix, partition);
    const args = [String(this.options.completed.keepForMs), String(JOBS_A_CALL)];
    for (let trimmed = JOBS_A_CALL; trimmed === JOBS_A_CALL;) {
      trimmed = Number(await this.runner.run('retain', [keys.completed, keys.outcome, keys.jobs, keys.history], args));
    }
  }
}
