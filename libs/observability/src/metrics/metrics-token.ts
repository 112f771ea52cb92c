import { BearerToken } from '../bearer-token.js';

/** The secret that `/metrics` demands. */
export class MetricsToken {
  private constructor(private readonly token: BearerToken) {}

  /**
   * Reads the token file; an empty path: nothing is demanded.
   *
   * @throws {StartError} the file cannot be read or is empty. The app must not start with an open door.
   */
  static read(file: string): MetricsToken {
    return new MetricsToken(BearerToken.read('observability.bearer_token_file', file));
  }

  /** Whether this `Authorization` header opens the door. The time it takes says nothing about the token. */
  accepts(authorization: string | undefined): boolean {
    return this.token.accepts(authorization);
  }
}
