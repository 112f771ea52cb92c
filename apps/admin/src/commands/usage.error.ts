/** The command line asks for something that makes no sense. The message names the flag, what was found and what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
