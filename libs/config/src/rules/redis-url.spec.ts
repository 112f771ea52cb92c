import { describe, expect, it } from 'vitest';
import { loadConfig } from '../load-config.js';
import { SETTING_BY_PATH } from '../schema/setting-list.js';
import type { GivenValue } from '../sources/given-value.js';
import { RANKS } from '../sources/given-value.js';
import { resolveRedisUrl } from './redis-url.js';

const URL_TEXT = 'redis://ann:s%40fe@db.internal:7000/3';

function resolve(...values: [path: string, value: string, from: keyof typeof RANKS][]) {
  const given = new Map<string, GivenValue>(
    values.map(([path, value, from]) => [path, { value, isText: true, origin: from, rank: RANKS[from] }]),
  );
  const issues = resolveRedisUrl(given);
  return {
    left: Object.fromEntries([...given].map(([path, { value }]) => [path, value])),
    issues: issues.map(({ line }) => line),
  };
}

describe('resolveRedisUrl', () => {
  it('takes a url apart, percent-encoding included', () => {
    const { redis } = loadConfig({ env: { REDIS_URL: URL_TEXT }, cwd: '/' }).config;

    expect(redis).toMatchObject({ url: '', addr: 'db.internal:7000', username: 'ann', password: 's@fe', db: 3 });
  });

  it.each([
    ['redis://db.internal', 'db.internal:6379', '0'],
    ['redis://[::1]:7000/', '[::1]:7000', '0'],
    ['redis://:pw@db.internal/12', 'db.internal:6379', '12'],
  ])('fills in what %s leaves out', (url, addr, db) => {
    expect(resolve(['redis.url', url, 'file']).left).toMatchObject({ 'redis.addr': addr, 'redis.db': db });
  });

  it('drops address and password of a lower origin', () => {
    const { left, issues } = resolve(
      ['redis.addr', 'other:1', 'file'],
      ['redis.password', 'old', 'file'],
      ['redis.url', 'redis://db.internal', 'environment'],
    );

    expect(issues).toEqual([]);
    expect(left).toMatchObject({ 'redis.addr': 'db.internal:6379', 'redis.password': '' });
  });

  it('gives way as a whole to an address of a higher origin', () => {
    const { left, issues } = resolve(['redis.url', URL_TEXT, 'file'], ['redis.addr', 'other:1', 'environment']);

    expect(issues).toEqual([]);
    expect(left).toEqual({ 'redis.addr': 'other:1' });
  });

  it('leaves the parts alone when the url is empty', () => {
    expect(resolve(['redis.url', '', 'environment'], ['redis.addr', 'other:1', 'file'])).toEqual({
      left: { 'redis.addr': 'other:1' },
      issues: [],
    });
  });

  it('refuses a password above a url, which would otherwise go to the default address', () => {
    expect(resolve(['redis.url', URL_TEXT, 'file'], ['redis.password', 'x', 'environment']).issues).toEqual([
      'redis.password: found a value beside redis.url of file (environment), expected one of them: these are two spellings of one setting',
    ]);
  });

  it('refuses both spellings of one origin, unless one only repeats the default', () => {
    const defaultAddr = String(SETTING_BY_PATH.get('redis.addr')!.defaultValue);

    expect(resolve(['redis.url', URL_TEXT, 'file'], ['redis.addr', 'other:1', 'file']).issues).toHaveLength(1);
    expect(resolve(['redis.url', URL_TEXT, 'file'], ['redis.addr', defaultAddr, 'file'])).toMatchObject({
      left: { 'redis.addr': 'db.internal:7000' },
      issues: [],
    });
  });

  it.each([
    'localhost:6379',
    'http://host',
    'redis://',
    'redis://host/db',
    'redis://host?tls=1',
    'redis://a:%ff@host',
    '/run/redis.sock',
  ])('refuses %s without showing it', (url) => {
    expect(resolve(['redis.url', url, 'file']).issues).toEqual([
      'redis.url: found (hidden) (file), expected redis://user:password@host:port/db',
    ]);
  });

  it('turns TLS on for rediss, and leaves it alone for redis', () => {
    expect(loadConfig({ env: { REDIS_URL: 'rediss://host' }, cwd: '/' }).config.redis).toMatchObject({
      addr: 'host:6379',
      tls: { enabled: true },
    });
    expect(loadConfig({ env: { REDIS_URL: 'redis://host' }, cwd: '/' }).config.redis.tls.enabled).toBe(false);
  });
});
