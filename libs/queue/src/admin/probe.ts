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
const WRITABLE: RedisProbe = { reachable: true, writable: true, detail: 'Redis answers and takes writes' };

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
  MOVED: 'Redis is a cluster (redis.mode)',
  NOPERM: 'Redis does not allow this user to run scripts on the keys of this queue',
};

/**
 * Why no connection can be made, from what the client said last; the first that fits. Its own words stay away from readiness:
 * they name addresses.
 */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/alert certificate expired/, 'the client certificate (redis.tls.cert_file) has expired'],
  [/alert unknown ca|alert bad certificate/, 'Redis does not accept the client certificate (redis.tls.cert_file)'],
  [/alert certificate required|alert handshake failure/, 'Redis wants a client certificate (redis.tls.cert_file)'],
  [/certificate has expired/, 'the certificate of Redis has expired'],
  [/certificate is not yet valid/, 'the certificate of Redis is not valid yet'],
  [/altnames/, 'the certificate of Redis is for another name (redis.tls.server_name)'],
  [/self-signed|unable to (verify|get)/, 'the certificate of Redis is of an unknown authority (redis.tls.ca_file)'],
  [/No such master/, 'the sentinels know no master of this name (redis.sentinel.master_name)'],
  [/sentinels are unreachable.*(WRONGPASS|NOAUTH)/, 'the sentinels refuse user or password (redis.sentinel.password)'],
  [/^WRONGPASS/, 'Redis refuses user or password'],
  [/^NOAUTH/, 'Redis asks for a password'],
  [/ENOTFOUND|EAI_AGAIN/, 'the name of Redis cannot be resolved'],
  [/ECONNRESET|EPIPE/, 'Redis hangs up; over TLS it may want a client certificate (redis.tls.cert_file)'],
  [/ETIMEDOUT/, 'Redis does not answer at its address; or it speaks no TLS there (redis.tls.enabled)'],
  [/ECONNREFUSED/, 'nothing listens at the address of Redis'],
];

/**
 * What the answers of all partitions mean together. In a cluster some may be away: as long as one takes jobs, so does the queue,
 * for most senders.
 *
 * @throws the first error, when no partition takes jobs.
 */
export function judgeProbes(answers: readonly PromiseSettledResult<unknown>[]): RedisProbe {
  const failed = answers.filter((answer) => answer.status === 'rejected');
  const [first] = failed;
  if (!first) return WRITABLE;
  if (failed.length === answers.length) throw first.reason;
  const { detail } = explainProbeFailure(first.reason);
  return { ...WRITABLE, detail: `${failed.length} of ${answers.length} partitions take no jobs: ${detail}` };
}

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
    const detail = error.fate === 'not-sent' ? noConnection(error.detail) : 'Redis did not answer in time';
    return { reachable: false, writable: false, detail };
  }
  throw error;
}

function noConnection(said: string): string {
  const cause = CAUSES.find(([pattern]) => pattern.test(said))?.[1];
  return cause === undefined ? 'no connection to Redis is up' : `no connection to Redis is up: ${cause}`;
}
