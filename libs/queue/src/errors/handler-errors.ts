/** Thrown by a handler: the job can never succeed. It is dead-lettered at once, whatever attempts are left. */
export class UnrecoverableJobError extends Error {
  override readonly name = 'UnrecoverableJobError';
}

/** Thrown by a handler: not now. The job runs again after `delayMs`, and no attempt is used. */
export class SnoozeJobError extends Error {
  override readonly name = 'SnoozeJobError';

  constructor(
    readonly delayMs: number,
    reason = 'the handler asked for a later run',
  ) {
    super(reason);
  }
}

/** Why a handler's signal was aborted because an operator cancelled its job. */
export class JobCancelledError extends Error {
  override readonly name = 'JobCancelledError';
}

/** Why a handler's signal was aborted because its time was over. */
export class JobTimeoutError extends Error {
  override readonly name = 'JobTimeoutError';

  constructor(readonly timeoutMs: number) {
    super(`the handler did not end within ${timeoutMs} ms`);
  }
}
