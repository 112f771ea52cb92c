import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startTestRedis } from './redis-harness.js';
import { useRedis } from './use-redis.js';

describe('TestRedis', () => {
  const test = useRedis({ appendfsync: 'always' });
  const seenPrefixes: string[] = [];

  it.each([1, 2])('gives test %i a prefix no other test has', () => {
    seenPrefixes.push(test.prefix());

    expect(new Set(seenPrefixes).size).toBe(seenPrefixes.length);
  });

  it('is a server of its own, with AOF and without eviction', async () => {
    const settings = await test.redis.config('GET', 'appendonly', 'appendfsync', 'maxmemory-policy');

    expect(Object.fromEntries(pairs(settings as string[]))).toEqual({
      appendonly: 'yes',
      appendfsync: 'always',
      'maxmemory-policy': 'noeviction',
    });
    expect(test.port).not.toBe(6379);
  });

  it('keeps data and address through a SIGKILL and a restart', async () => {
    await test.redis.set('answer', '42');
    const { url } = test;

    await test.kill();
    await test.restart();

    expect(await test.redis.get('answer')).toBe('42');
    expect(test.url).toBe(url);
  });

  it('answers nothing while frozen, and everything after the thaw', async () => {
    await test.freeze();
    const answer = test.redis.ping();

    expect(await Promise.race([answer, sleep(100, 'silence')])).toBe('silence');
    await test.thaw();
    expect(await answer).toBe('PONG');
  });

  it.each(['freeze', 'kill'] as const)('comes back for the next test after one that ended in a %s', async (fault) => {
    await test[fault]();

    await test.recover();

    expect(await test.redis.ping()).toBe('PONG');
  });

  it('runs redis-cli without a password on the command line', async () => {
    expect(await test.cli('ECHO', 'hello')).toBe('hello');
  });

  it('leaves nothing behind after close', async () => {
    const other = await startTestRedis({ isPrivate: true });
    const [, dir = ''] = (await other.redis.config('GET', 'dir')) as string[];

    await other.close();

    expect(existsSync(dir)).toBe(false);
  });
});

function pairs(flat: string[]): [string, string][] {
  return flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? '']] : [])) as [string, string][];
}
