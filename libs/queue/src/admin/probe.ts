import { RedisRefusedError } from '../errors/redis-refused.error.js';
import { RedisUnavailableError } from '../errors/redis-unavailable.error.js';

/** Whether Redis can be used right now, as readiness shows it: `detail` names no address and no secret. */
export interface RedisProbe {
  /** Redis answered. */
  readonly reachable: boolean;
  /** An enqueue would be taken. */
  readonly writable: boolean;
  readonly detail: string;
}

/** The answer of a healthy Redis. */
export const WRITABLE: RedisProbe = { reachable: true, writable: true, detail: 'Redis answers and takes writes' };

const REFUSALS: Readonly<Record<string, string>> = {
  OOM: 'Redis is out of memory: let workers drain the queue, or raise maxmemory',
  READONLY: 'Redis is a read-only replica: connect to the master',
  MISCONF: 'Redis cannot write to its disk: free space, then look at its log',
  NOREPLICAS: 'Redis has fewer replicas than min-replicas-to-write asks for',
  LOADING: 'Redis is loading its data',
  MASTERDOWN: 'Redis is a replica without its master',
  BUSY: 'Redis is busy with a long script',
  NOAUTH: 'Redis asks for a password',
  WRONGPASS: 'Redis refuses user or password',
  NOPERM: 'Redis does not allow this user to run scripts on the keys of this queue',
};

/** What a failed probe means. @throws the error itself, when it says nothing about Redis. */
export function explainProbeFailure(error: unknown): RedisProbe {
  if (error instanceof RedisRefusedError) {
    return {
      reachable: true,
      writable: false,
      detail: REFUSALS[error.word] ?? `Redis refuses scripts (${error.word})`,
    };
  }
  if (error instanceof RedisUnavailableError) {
    const detail = error.fate === 'not-sent' ? 'no connection to Redis is up' : 'Redis did not answer in time';
    return { reachable: false, writable: false, detail };
  }
  throw error;
}
