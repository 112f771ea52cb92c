import { hostname, userInfo } from 'node:os';

/** Who runs a command, as the audit trail names them. */
export interface Actor {
  /** The subject of the token; without tokens the user of the operating system. */
  readonly who: string;
  /** `token`: proven by a signature; `off`: no proof is asked for; `unproven`: it is, and was not given. */
  readonly access: 'off' | 'token' | 'unproven';
  /** Id of the token; empty without one. */
  readonly tokenId: string;
  readonly host: string;
}

/** Whoever this machine says it is. */
export function localActor(access: 'off' | 'unproven'): Actor {
  return { who: `${userName()}@${hostname()}`, access, tokenId: '', host: hostname() };
}

/** Whoever a signed token names. */
export function tokenActor(subject: string, tokenId: string): Actor {
  return { who: subject, access: 'token', tokenId, host: hostname() };
}

// A container often runs as a number without a name.
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid:${process.getuid?.() ?? 'unknown'}`;
  }
}
