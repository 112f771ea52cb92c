import { STATUS_CODES } from 'node:http';

/** What a problem says, in the fields of RFC 9457 and some of our own. */
export interface ProblemFacts {
  readonly status: number;
  /** Stable: programs test this, never the text. */
  readonly code: string;
  readonly detail: string;
  /** What the client can do. */
  readonly remedy: string;
  /** The value at fault, when there is one: where it is, what was found, what is expected. */
  readonly field?: string;
  readonly found?: string;
  readonly expected?: string;
  /** Whole seconds, also sent as the header `Retry-After`. */
  readonly retryAfter?: number;
  /** The job whose fate is unknown, or that holds the key. */
  readonly id?: string;
}

/** Why a request, or one job of it, was not done. Its body never holds more than the client sent or may know. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly facts: ProblemFacts,
    options?: ErrorOptions,
  ) {
    super(facts.detail, options);
  }

  /** The body, `application/problem+json`. */
  body(): object {
    const { status, code, ...rest } = this.facts;
    return { type: `urn:job-queue-system:problem:${code}`, title: STATUS_CODES[status], status, code, ...rest };
  }
}

/** A value that breaks a rule: 400. */
export function invalid(field: string, found: unknown, expected: string, remedy = `correct ${field}`): Problem {
  const shown = showFound(found);
  const detail = `${field}: found ${shown}, expected ${expected}`;
  return new Problem({ status: 400, code: 'invalid-job', detail, remedy, field, found: shown, expected });
}

/** A found value on one line, cut: a client must be able to recognise it, and cannot make us repeat a megabyte. */
function showFound(found: unknown): string {
  if (found === undefined) return 'nothing';
  if (Array.isArray(found)) return 'an array';
  if (typeof found === 'object' && found !== null) return 'an object';
  return JSON.stringify(typeof found === 'string' ? found.slice(0, 100) : found);
}
