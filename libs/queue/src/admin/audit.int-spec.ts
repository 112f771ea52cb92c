import { openScripts, type ScriptAccess, useRedis } from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RedisRefusedError } from '../errors/redis-refused.error.js';
import { QueueKeys } from '../redis/queue-keys.js';
import { AuditService } from './audit.service.js';

describe('the audit trail', () => {
  const test = useRedis({ isPrivate: true });
  let scripts: ScriptAccess;
  let audit: AuditService;
  beforeEach(async () => {
    scripts = await openScripts(test);
    audit = new AuditService(scripts.runner, scripts.options);
  });
  afterEach(() => scripts.close());

  const key = () => new QueueKeys(test.prefix(), 0).audit;

  it('keeps what is appended, and gives the newest first', async () => {
    await audit.append({ phase: 'intent', who: 'alice' }, 100);
    await audit.append({ phase: 'result', who: 'alice', counts: '{"applied":3}' }, 100);
    const [seconds] = await test.redis.time();

    const entries = await audit.latest(10);

    expect(entries.map(({ fields }) => fields)).toEqual([
      { phase: 'result', who: 'alice', counts: '{"applied":3}' },
      { phase: 'intent', who: 'alice' },
    ]);
    expect(Math.abs(entries[0]!.atMs - Number(seconds) * 1_000)).toBeLessThan(60_000);
    expect(await test.redis.type(key())).toBe('stream');
  });

  it('gives no more than asked for, and nothing of an empty trail', async () => {
    expect(await audit.latest(10)).toEqual([]);
    for (const n of ['1', '2', '3']) await audit.append({ n }, 100);

    expect((await audit.latest(2)).map(({ fields }) => fields.n)).toEqual(['3', '2']);
  });

  it('keeps the same entry twice when it comes twice: each is something that happened', async () => {
    await audit.append({ who: 'alice' }, 100);
    await audit.append({ who: 'alice' }, 100);

    expect(await audit.latest(10)).toHaveLength(2);
  });

  it('forgets the oldest beyond its bound, whole blocks of the stream at a time', async () => {
    for (let n = 0; n < 1_500; n++) await audit.append({ n: String(n) }, 1_000);

    const kept = await test.redis.xlen(key());
    expect(kept).toBeGreaterThanOrEqual(1_000);
    expect(kept).toBeLessThan(1_200);
    expect((await audit.latest(1))[0]!.fields.n).toBe('1499');
  });

  it('is written also when Redis is over its memory limit', async () => {
    await test.redis.config('SET', 'maxmemory', '1');
    try {
      await expect(test.redis.set(`{${test.prefix()}:0}:probe`, 'x')).rejects.toThrow('OOM');

      await audit.append({ who: 'alice' }, 100);

      expect(await audit.latest(10)).toHaveLength(1);
    } finally {
      await test.redis.config('SET', 'maxmemory', '0');
    }
  });

  it('says so when it cannot be written, and writes nothing', async () => {
    await test.redis.set(key(), 'no stream');

    await expect(audit.append({ who: 'alice' }, 100)).rejects.toThrow(RedisRefusedError);

    expect(await test.redis.get(key())).toBe('no stream');
  });
});
