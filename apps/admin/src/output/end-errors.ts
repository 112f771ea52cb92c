/** Ends a command with a code of its own (docs/cli.md); the message says why, and what to do. */
export class CommandEndError extends Error {
  override readonly name = 'CommandEndError';

  /** @param exitCode - 1 failed, 4 refused, 5 a check failed, 130 interrupted. */
  constructor(
    readonly exitCode: 1 | 4 | 5 | 130,
    message: string,
  ) {
    super(message);
  }
}
