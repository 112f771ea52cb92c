/** A word that was not known, and those that are. */
export interface Mistyped {
  readonly word: string;
  readonly candidates: readonly string[];
}

/** The command line is wrong: exit code 2. The message says what was found and what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(
    message: string,
    readonly mistyped?: Mistyped,
  ) {
    super(message);
  }
}
