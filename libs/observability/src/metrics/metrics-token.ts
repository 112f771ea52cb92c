import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { StartError } from '../start-error.js';

/** The secret that `/metrics` demands; only a digest of it is kept. */
export class MetricsToken {
  private constructor(private readonly digest: Buffer | undefined) {}

  /**
   * Reads the token file; an empty path: nothing is demanded.
   *
   * @throws {StartError} the file cannot be read or is empty. The app must not start with an open door.
   */
  static read(file: string): MetricsToken {
    if (file === '') return new MetricsToken(undefined);
    const token = readTokenFile(file);
    if (token === '') throw new StartError(`observability.bearer_token_file: ${file} is empty, expected a token`);
    return new MetricsToken(digestOf(token));
  }

  /** Whether this `Authorization` header opens the door. The time it takes says nothing about the token. */
  accepts(authorization: string | undefined): boolean {
    if (!this.digest) return true;
    const given = /^Bearer +(\S+)\s*$/i.exec(authorization ?? '')?.[1] ?? '';
    return timingSafeEqual(digestOf(given), this.digest);
  }
}

function readTokenFile(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new StartError(`observability.bearer_token_file: cannot read ${file} (${why})`, { cause });
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
