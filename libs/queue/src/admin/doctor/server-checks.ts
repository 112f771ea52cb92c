import type { Finding, Severity, CheckName } from './finding.js';

/** What the server says of itself: the fields of INFO by name. */
export type ServerFields = ReadonlyMap<string, string>;

const LEAST_REDIS = '7.0';
const LEAST_VALKEY = '7.2';
/** A replica this many seconds behind is no safety net. */
const MOST_LAG_SECONDS = 10;
const NEARLY_FULL = 0.9;
/** Clocks that differ by less only make logs a little hard to read, ms. */
const MOST_CLOCK_DIFFERENCE_MS = 1_000;

/** Reads the text of INFO. */
export function readFields(info: string): ServerFields {
  const fields = new Map<string, string>();
  for (const line of info.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0 && !line.startsWith('#')) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

/** What is wrong with the server and how it is set up. Pure; nothing of it can be mended from here. */
export function serverFindings(fields: ServerFields): Finding[] {
  return [...versionOf(fields), ...roleOf(fields), ...memoryOf(fields), ...persistenceOf(fields)];
}

/**
 * What a difference of clocks means.
 *
 * @param differenceMs - this machine minus Redis
 * @param uncertainMs - half of the time the question took
 */
export function clockFindings(differenceMs: number, uncertainMs: number): Finding[] {
  const ms = Math.round(Math.abs(differenceMs));
  if (ms - uncertainMs <= MOST_CLOCK_DIFFERENCE_MS) return [];
  const what = `the clock of this machine is ${ms} ms ${differenceMs > 0 ? 'ahead of' : 'behind'} that of Redis`;
  return [finding('clock', 'warning', what, 'jobs are timed by the clock of Redis; set the clocks, or logs mislead')];
}

/** One finding about one thing that only an operator can change. */
export function finding(check: CheckName, severity: Severity, what: string, advice: string): Finding {
  return { check, severity, what, count: 1, sample: [], fix: null, advice };
}

function versionOf(fields: ServerFields): Finding[] {
  const valkey = fields.get('valkey_version');
  const version = valkey ?? fields.get('redis_version') ?? '';
  const [product, least] = valkey === undefined ? ['Redis', LEAST_REDIS] : ['Valkey', LEAST_VALKEY];
  if (version === '' || isAtLeast(version, least)) return [];
  return [finding('redis-version', 'error', `${product} is ${version}, expected ${least} or later`, 'upgrade it')];
}

function roleOf(fields: ServerFields): Finding[] {
  if (fields.get('role') === 'slave')
    return [finding('redis-role', 'error', 'this Redis is a replica', 'connect to the master')];
  const replicas = [...fields].filter(([name]) => /^slave\d+$/.test(name)).map(([, text]) => readReplica(text));
  return replicas
    .filter(({ state, lagSeconds }) => state !== 'online' || lagSeconds > MOST_LAG_SECONDS)
    .map(({ address, state, lagSeconds }) =>
      finding(
        'replication',
        'warning',
        `replica ${address} is ${state}, ${lagSeconds} s behind`,
        'a failover now would lose what it has not seen; look at its log and the network',
      ),
    );
}

function memoryOf(fields: ServerFields): Finding[] {
  const policy = fields.get('maxmemory_policy') ?? 'noeviction';
  const [evicted, used, most] = ['evicted_keys', 'used_memory', 'maxmemory'].map((name) =>
    Number(fields.get(name) ?? 0),
  );
  const findings: Finding[] = [];
  if (policy !== 'noeviction')
    findings.push(
      finding(
        'eviction-policy',
        'error',
        `maxmemory-policy is ${policy}: a full Redis deletes jobs`,
        'set maxmemory-policy noeviction, in redis.conf too',
      ),
    );
  if (evicted)
    findings.push({
      ...finding(
        'evicted-keys',
        policy === 'noeviction' ? 'note' : 'error',
        `Redis has evicted ${evicted} keys since it started`,
        'jobs or parts of them may be among them',
      ),
      count: evicted,
    });
  if (most && used && used / most > NEARLY_FULL)
    findings.push(
      finding(
        'memory',
        'warning',
        `Redis uses ${Math.round((100 * used) / most)} % of its memory`,
        'soon enqueues are refused: drain the queue, purge what is not needed, or raise maxmemory',
      ),
    );
  return findings;
}

function persistenceOf(fields: ServerFields): Finding[] {
  const findings: Finding[] = [];
  if (fields.get('aof_enabled') === '0')
    findings.push(
      finding(
        'persistence',
        'warning',
        'the append-only file is off: a restart of Redis loses what came since its last snapshot',
        'set appendonly yes, in redis.conf too',
      ),
    );
  for (const [name, what] of [
    ['aof_last_write_status', 'write to the append-only file'],
    ['aof_last_bgrewrite_status', 'rewrite of the append-only file'],
    ['rdb_last_bgsave_status', 'snapshot'],
  ] as const) {
    if ((fields.get(name) ?? 'ok') !== 'ok')
      findings.push(
        finding('persistence', 'error', `the last ${what} failed`, 'look at the disk and the log of Redis'),
      );
  }
  return findings;
}

/** `ip=10.0.0.7,port=6379,state=online,offset=14,lag=0` */
function readReplica(text: string): { address: string; state: string; lagSeconds: number } {
  const fields = new Map(text.split(',').map((pair) => pair.split('=') as [string, string]));
  const address = `${fields.get('ip') ?? ''}:${fields.get('port') ?? ''}`;
  return { address, state: fields.get('state') ?? 'unknown', lagSeconds: Number(fields.get('lag') ?? 0) };
}

function isAtLeast(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}
