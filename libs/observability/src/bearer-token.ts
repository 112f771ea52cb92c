import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { StartError } from './start-error.js';

/** The secret that a listener demands; only a digest of it is kept. */
export class BearerToken {
  private constructor(private readonly digest: Buffer | undefined) {}

  /**
   * Reads the token file; an empty path: nothing is demanded.
   *
   * @param setting - path of the setting that names the file, for messages
   * @throws {StartError} the file cannot be read or is empty. The app must not start with an open door.
   */
  static read(setting: string, file: string): BearerToken {
    if (file === '') return new BearerToken(undefined);
    const token = readTokenFile(setting, file);
    if (token === '') throw new StartError(`${setting}: ${file} is empty, expected a token`);
    return new BearerToken(digestOf(token));
  }

  /** Whether this `Authorization` header opens the door. The time it takes says nothing about the token. */
  accepts(authorization: string | undefined): boolean {
    if (!this.digest) return true;
    const given = /^Bearer +(\S+)\s*$/i.exec(authorization ?? '')?.[1] ?? '';
    return timingSafeEqual(digestOf(given), this.digest);
  }
}

function readTokenFile(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new StartError(`${setting}: cannot read ${file} (${why})`, { cause });
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
