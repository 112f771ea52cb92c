import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

const RULES = new URL('../../../deploy/redis/users.acl', import.meta.url);

/** What Redis answers, by release, when a user may not do something; the last two come from within a script of Redis 7.0. */
export const NOT_ALLOWED = /NOPERM|can't run this command|can't access at least one of the keys/;

/** A user of `deploy/redis/users.acl` that an app logs in as. */
export type AppRole = 'producer' | 'worker' | 'admin';

/** `REDIS_ACL=1`: every spec gets a Redis with users, and each app it starts logs in as the user of its role. */
export function areUsersAsked(): boolean {
  return process.env['REDIS_ACL'] === '1';
}

/** Passwords of the servers of this process that have users. */
const passwords = new Set<string>();

/**
 * An ACL file with the rules of `deploy/redis/users.acl` for the prefixes of specs. All users have this password, and the
 * default user may do everything: it is the one that a spec looks with.
 */
export function usersForSpecs(password: string): string {
  passwords.add(password);
  const hash = `#${createHash('sha256').update(password).digest('hex')}`;
  return readFileSync(RULES, 'utf8')
    .replace(/^user default .*$/m, 'user default on ~* &* +@all')
    .replaceAll(/^user \w+ on /gm, `$&${hash} `)
    .replaceAll('{jobqueue:', '{test-*:');
}

/**
 * The variables of an app that is given the password of a Redis with users, in them or in the file of `--config`, and no user: it
 * logs in as that of its role.
 */
export function loggedInAs(role: AppRole, env: NodeJS.ProcessEnv, args: readonly string[] = []): NodeJS.ProcessEnv {
  const { REDIS_URL: url, REDIS_USERNAME: user, REDIS_PASSWORD: password } = env;
  const file = args.find((arg) => arg.startsWith('--config='))?.slice('--config='.length);
  const given = [url, password, file && existsSync(file) ? readFileSync(file, 'utf8') : ''].join('\n');
  if (user || ![...passwords].some((known) => given.includes(known))) return env;
  return url ? { ...env, REDIS_URL: url.replace('://:', `://${role}:`) } : { ...env, REDIS_USERNAME: role };
}

/**
 * What users were refused since the last call, as `<user> <what>`. The client library tells its name by CLIENT SETINFO, which
 * Redis 7.0 does not know and no user is allowed: that is no news.
 */
export async function takeRefusals(redis: Redis): Promise<string[]> {
  const entries = (await redis.acl('LOG')) as (string | number)[][];
  await redis.acl('LOG', 'RESET');
  return entries.flatMap((entry) => {
    const fact = (name: string) => String(entry[entry.indexOf(name) + 1]);
    const isNews = fact('reason') !== 'auth' && fact('object') !== 'client|setinfo';
    return isNews ? [`${fact('username')} ${fact('object')}`] : [];
  });
}
