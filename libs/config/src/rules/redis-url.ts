import { type ConfigIssue, invalidValue } from '../config-issue.js';
import { SETTING_BY_PATH } from '../schema/setting-list.js';
import type { GivenValue } from '../sources/given-value.js';

const URL_PATH = 'redis.url';
const TLS_PATH = 'redis.tls.enabled';
const PARTS = ['redis.addr', 'redis.username', 'redis.password', 'redis.db'] as const;
const EXPECTED = 'redis://user:password@host:port/db';

type Part = [path: string, given: GivenValue];

/**
 * `redis.url` and addr, username, password, db are two spellings of one setting: the higher origin wins whole, and
 * what is left in `given` is the second spelling only. Both from one origin, or a part without an address above a url,
 * is an issue: half of an address must never lead to the default one. `rediss://` turns `redis.tls.enabled` on as well.
 */
export function resolveRedisUrl(given: Map<string, GivenValue>): ConfigIssue[] {
  const url = given.get(URL_PATH);
  given.delete(URL_PATH);
  if (url === undefined || url.value === '') return [];
  const parts = PARTS.flatMap((path): Part[] => (given.has(path) ? [[path, given.get(path)!]] : []));
  const above = parts.filter(([, part]) => part.rank > url.rank);
  if (above.some(([path]) => path === 'redis.addr')) return keepOnly(above, given);
  const clashes = [...above, ...parts.filter((part) => clashesWith(url, part))];
  return clashes.length > 0 ? clashes.map((part) => clashIssue(url, part)) : takeApart(url, given);
}

function keepOnly(above: readonly Part[], given: Map<string, GivenValue>): [] {
  for (const path of PARTS) given.delete(path);
  for (const [path, part] of above) given.set(path, part);
  return [];
}

/** A part of the same origin, unless it only repeats the default, as the example file does. */
function clashesWith(url: GivenValue, [path, part]: Part): boolean {
  return part.rank === url.rank && String(part.value) !== String(SETTING_BY_PATH.get(path)!.defaultValue);
}

function clashIssue(url: GivenValue, [path, { origin }]: Part): ConfigIssue {
  const expected = 'one of them: these are two spellings of one setting';
  return invalidValue({ path, found: `a value beside redis.url of ${url.origin}`, expected, origin });
}

function takeApart(url: GivenValue, given: Map<string, GivenValue>): ConfigIssue[] {
  const facts = { path: URL_PATH, found: '(hidden)', origin: url.origin };
  const parsed = typeof url.value === 'string' ? parseUrl(url.value) : undefined;
  const values = parsed && partsOf(parsed);
  if (!values) return [invalidValue({ ...facts, expected: EXPECTED })];
  PARTS.forEach((path, index) => given.set(path, { ...url, value: values[index], isText: true }));
  if (parsed.protocol === 'rediss:') given.set(TLS_PATH, { ...url, value: 'true', isText: true });
  return [];
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function partsOf(url: URL): readonly string[] | undefined {
  const db = /^\/?(\d*)$/.exec(url.pathname)?.[1];
  if (!/^rediss?:$/.test(url.protocol) || !url.hostname || url.search || url.hash || db === undefined) return undefined;
  try {
    const login = [url.username, url.password].map(decodeURIComponent);
    return [`${url.hostname}:${url.port || 6379}`, ...login, db || '0'];
  } catch {
    return undefined;
  }
}
