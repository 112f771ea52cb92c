import { type ConfigIssue, invalidValue, showValue } from '../config-issue.js';
import { formatGoDuration, parseGoDuration } from '../go-duration.js';
import type { AppConfig } from '../sections/app-config.js';
import { MIN_HEARTBEAT_TTL } from '../sections/worker.config.js';

/** A demand on one setting that depends on others. */
interface Rule {
  readonly path: string;
  /** The other settings it looks at; the rule is skipped when one of them is wrong itself. */
  readonly uses: readonly string[];
  /** @returns what is found and expected, when the demand is not met. */
  check(config: AppConfig, env: NodeJS.ProcessEnv): Complaint | undefined;
}

type Complaint = Pick<ConfigIssue, 'found' | 'expected'>;

const RULES: readonly Rule[] = [
  ...(['redis.sentinel.master_name', 'redis.sentinel.addrs', 'redis.cluster.addrs'] as const).map((path) => ({
    path,
    uses: ['redis.mode'],
    check: ({ redis }: AppConfig) => missingForMode(redis, path),
  })),
  {
    path: 'redis.db',
    uses: ['redis.mode'],
    check: ({ redis }) => databaseOfCluster(redis),
  },
  {
    path: 'redis.tls.key_file',
    uses: ['redis.tls.enabled', 'redis.tls.cert_file'],
    check: ({ redis }) => halfOfAPair(redis.tls),
  },
  {
    path: 'worker.priorities',
    uses: ['queue.names'],
    check: ({ worker, queue }) => unknownQueues(worker.priorities, queue.names),
  },
  {
    path: 'worker.weights',
    uses: ['queue.names'],
    check: ({ worker, queue }) => unknownQueues(Object.keys(worker.weights), queue.names),
  },
  {
    path: 'worker.weights',
    uses: ['worker.priorities', 'worker.priority_mode'],
    check: ({ worker }) => (worker.priorityMode === 'weighted' ? missingWeights(worker) : undefined),
  },
  {
    path: 'worker.heartbeat_ttl',
    uses: [],
    check: ({ worker }, env) => (env.NODE_ENV === 'test' ? undefined : tooShort(worker.heartbeatTtlMs)),
  },
  {
    path: 'worker.backoff.base',
    uses: ['worker.backoff.max'],
    check: ({ worker }) => aboveMaximum(worker.backoff),
  },
  ...(['cert_file', 'key_file'] as const).map((name) => ({
    path: `observability.tls.${name}`,
    uses: ['observability.tls.enabled'],
    check: ({ observability }: AppConfig) => missingForTls(observability.tls, name),
  })),
  {
    path: 'observability.tracing.endpoint',
    uses: ['observability.tracing.enabled'],
    check: ({ observability }) => noCollector(observability.tracing),
  },
  ...(['key_file', 'issuer', 'audience'] as const).map((name) => ({
    path: `admin.access.${name}`,
    uses: ['admin.access.mode'],
    check: ({ admin }: AppConfig) => missingForTokens(admin.access, name),
  })),
  {
    path: 'producer.default_priority',
    uses: ['queue.names'],
    check: ({ producer, queue }) => unknownQueues([producer.defaultPriority], queue.names),
  },
  {
    path: 'producer.http.bearer_token_file',
    uses: ['producer.http.enabled', 'producer.http.bind', 'producer.http.auth'],
    check: ({ producer }) => doorComplaint(producer.http),
  },
  {
    path: 'producer.http.max_body_bytes',
    uses: ['producer.http.enabled', 'queue.max_payload_bytes'],
    check: ({ producer, queue }) => tooSmallForPayload(producer.http, queue.maxPayloadBytes),
  },
];

/**
 * Checks what one setting demands of another.
 *
 * @param config - every value is right by itself, but for the paths in `broken`.
 */
export function checkBetweenSettings(
  config: AppConfig,
  {
    env,
    broken,
    originOf,
  }: { env: NodeJS.ProcessEnv; broken: ReadonlySet<string>; originOf: (path: string) => string },
): ConfigIssue[] {
  return RULES.filter(({ path, uses }) => ![path, ...uses].some((used) => broken.has(used))).flatMap((rule) => {
    const complaint = rule.check(config, env);
    return complaint ? [invalidValue({ path: rule.path, ...complaint, origin: originOf(rule.path) })] : [];
  });
}

function noCollector({ enabled, endpoint }: AppConfig['observability']['tracing']): Complaint | undefined {
  if (!enabled || (/^https?:/.test(endpoint) && URL.canParse(endpoint))) return undefined;
  return { found: showValue(endpoint), expected: 'the URL of an OTLP collector, as in http://collector:4318' };
}

/** Given for another mode, it would be silently ignored: then the mode was forgotten. */
function missingForMode(
  { mode, sentinel, cluster }: AppConfig['redis'],
  path: 'redis.sentinel.master_name' | 'redis.sentinel.addrs' | 'redis.cluster.addrs',
): Complaint | undefined {
  const wanted = path === 'redis.cluster.addrs' ? 'cluster' : 'sentinel';
  const value = {
    'redis.sentinel.master_name': sentinel.masterName,
    'redis.sentinel.addrs': sentinel.addrs,
    'redis.cluster.addrs': cluster.addrs,
  }[path];
  const isGiven = value.length > 0;
  if (isGiven === (mode === wanted)) return undefined;
  const expected = isGiven ? `nothing unless redis.mode is ${wanted}` : `a value, since redis.mode is ${mode}`;
  return { found: showValue(value), expected };
}

function databaseOfCluster({ mode, db }: AppConfig['redis']): Complaint | undefined {
  return mode === 'cluster' && db !== 0 ? { found: String(db), expected: '0, the only one of a cluster' } : undefined;
}

/** A certificate without its key proves nothing, and a key alone is a forgotten certificate. */
function halfOfAPair({ enabled, certFile, keyFile }: AppConfig['redis']['tls']): Complaint | undefined {
  if (!enabled || (certFile === '') === (keyFile === '')) return undefined;
  return { found: showValue(keyFile), expected: 'a file if redis.tls.cert_file names one, and only then' };
}

/** Without one of them every token, or none, would be good. */
function missingForTokens(
  { mode, keyFile, issuer, audience }: AppConfig['admin']['access'],
  name: 'key_file' | 'issuer' | 'audience',
): Complaint | undefined {
  const value = { key_file: keyFile, issuer, audience }[name];
  if (mode === 'off' || value.trim() !== '') return undefined;
  const expected = name === 'key_file' ? 'a file with public keys, as token keygen makes one' : 'a name';
  return { found: showValue(value), expected: `${expected}, since admin.access.mode is token` };
}

function missingForTls(
  { enabled, certFile, keyFile }: AppConfig['observability']['tls'],
  name: 'cert_file' | 'key_file',
): Complaint | undefined {
  const value = { cert_file: certFile, key_file: keyFile }[name];
  if (!enabled || value !== '') return undefined;
  return { found: showValue(value), expected: 'a PEM file, since observability.tls.enabled is true' };
}

function unknownQueues(used: readonly string[], names: readonly string[]): Complaint | undefined {
  const unknown = used.filter((name) => !names.includes(name));
  if (unknown.length === 0) return undefined;
  return {
    found: unknown.map((name) => showValue(name)).join(', '),
    expected: `names from queue.names: ${names.join(', ')}`,
  };
}

function missingWeights({ priorities, weights }: AppConfig['worker']): Complaint | undefined {
  const missing = priorities.filter((name) => !Object.hasOwn(weights, name));
  if (missing.length === 0) return undefined;
  return { found: `no weight for ${missing.join(', ')}`, expected: 'a weight for each of worker.priorities' };
}

function tooShort(heartbeatTtlMs: number): Complaint | undefined {
  if (heartbeatTtlMs >= parseGoDuration(MIN_HEARTBEAT_TTL)!) return undefined;
  return { found: formatGoDuration(heartbeatTtlMs), expected: `a duration ≥ ${MIN_HEARTBEAT_TTL}` };
}

function aboveMaximum({ baseMs, maxMs }: AppConfig['worker']['backoff']): Complaint | undefined {
  if (baseMs <= maxMs) return undefined;
  return { found: formatGoDuration(baseMs), expected: `at most worker.backoff.max, ${formatGoDuration(maxMs)}` };
}

/** On loopback the machine guards the port; elsewhere a token does, or the configuration says that nobody does. */
function doorComplaint({ enabled, bind, auth, bearerTokenFile }: AppConfig['producer']['http']): Complaint | undefined {
  if (!enabled) return undefined;
  const found = showValue(bearerTokenFile);
  if (auth === 'off')
    return bearerTokenFile
      ? { found, expected: '"" with producer.http.auth: off, which asks for no token' }
      : undefined;
  if (bearerTokenFile || isLoopback(bind)) return undefined;
  const expected = `a file with a token, since producer.http.bind ${bind} is not loopback; producer.http.auth: off goes without`;
  return { found, expected };
}

function isLoopback(bind: string): boolean {
  return bind === 'localhost' || bind === '::1' || /^127(\.\d{1,3}){3}$/.test(bind);
}

/** Besides its payload a job has some fields. */
const JOB_FIELDS_BYTES = 4_096;

function tooSmallForPayload(
  { enabled, maxBodyBytes }: AppConfig['producer']['http'],
  maxPayloadBytes: number,
): Complaint | undefined {
  if (!enabled || maxBodyBytes >= maxPayloadBytes + JOB_FIELDS_BYTES) return undefined;
  return {
    found: String(maxBodyBytes),
    expected: `at least ${maxPayloadBytes + JOB_FIELDS_BYTES}: queue.max_payload_bytes and ${JOB_FIELDS_BYTES} for the other fields`,
  };
}
