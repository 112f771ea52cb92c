import { QueueKeys, recordText, useRedis } from '@app/testing';
import { describe, expect, it } from 'vitest';
import { runAdmin } from './run-admin.js';

describe('admin doctor', () => {
  const redis = useRedis({ checkPlaces: false });
  const keys = () => new QueueKeys(redis.prefix(), 0);
  const doctor = (...args: string[]) =>
    runAdmin(['doctor', ...args], {
      REDIS_ADDR: redis.addr,
      REDIS_PASSWORD: redis.password,
      QUEUE_PREFIX: redis.prefix(),
    });

  async function breakIt(): Promise<void> {
    await redis.redis.hset(keys().jobs, { orphan: recordText(), twin: recordText() });
    await redis.redis.lpush(keys().ready('low'), 'twin', 'twin');
    await redis.redis.lpush(keys().wake('low'), 1);
  }

  async function dump(): Promise<unknown> {
    const names = (await redis.redis.keys(`{${redis.prefix()}:*`)).toSorted();
    return Promise.all(names.map(async (name) => [name, (await redis.redis.dumpBuffer(name)).toString('base64')]));
  }

  it('says 0 to a healthy queue', async () => {
    await redis.redis.hset(keys().jobs, 'a', recordText());
    await redis.redis.lpush(keys().ready('low'), 'a');
    await redis.redis.lpush(keys().wake('low'), 1);

    const { code, stdout } = await doctor();

    expect(code).toBe(0);
    expect(stdout).toBe(`${redis.prefix()} at ${redis.addr}/0: looked at 1 job, all is well\n`);
  });

  it('shows its plan with 5, and changes nothing by looking', async () => {
    await breakIt();
    const before = await dump();

    const { code, stdout } = await doctor();
    const json = await doctor('--json');

    expect(code).toBe(5);
    expect(stdout).toMatch(/^error +1 job stored but in no place: nobody will run it {2}\[record-without-place\]$/m);
    expect(stdout).toMatch(/^ +twin in ready:low, ready:low$/m);
    expect(stdout).toMatch(/^ +--fix: put into the dead letter queue with the reason orphaned/m);
    expect(stdout).toContain('2 repairs: doctor --fix carries them out');
    expect(json.code).toBe(5);
    expect(JSON.parse(json.stdout)).toMatchObject({
      version: 1,
      isHealthy: false,
      records: 2,
      repairable: 2,
      findings: [
        { check: 'one-place', severity: 'error', count: 1, sample: ['twin in ready:low, ready:low'] },
        { check: 'record-without-place', severity: 'error', count: 1, sample: ['orphan'] },
      ],
    });
    expect(await dump()).toEqual(before);
  });

  it('changes nothing in a dry run', async () => {
    await breakIt();
    const before = await dump();

    const { code, stdout } = await doctor('--fix', '--dry-run');

    expect(code).toBe(5);
    expect(stdout).toContain('2 repairs');
    expect(await dump()).toEqual(before);
  });

  it('refuses to repair what nobody confirmed', async () => {
    await breakIt();

    const { code, stdout, stderr } = await doctor('--fix');

    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain('record-without-place');
    expect(stderr).toContain(`Carry out 2 repairs, ${redis.prefix()} at ${redis.addr}/0: not confirmed`);
    expect(await redis.redis.llen(keys().ready('low'))).toBe(2);
  });

  it('carries the plan out, records it, and finds nothing any more', async () => {
    await breakIt();

    const { code, stdout } = await doctor('--fix', '--yes', '--reason=after the failover');

    expect(code).toBe(0);
    expect(stdout).toContain('one-place: 1 repaired');
    expect(stdout).toContain('record-without-place: 1 repaired');
    expect(stdout).toContain('all is well');
    expect(await redis.redis.lrange(keys().ready('low'), 0, -1)).toEqual(['twin']);
    expect(await redis.redis.zrange(keys().dead, '0', '-1')).toEqual(['orphan']);
    const trail = JSON.stringify(await redis.redis.xrange(keys().audit, '-', '+'));
    expect(trail).toContain('admin:repair');
    expect(trail).toContain('after the failover');
    expect((await doctor()).code).toBe(0);
  });

  it('names what it cannot mend with 5, after repairs too', async () => {
    await redis.redis.hset(keys().jobs, 'old', recordText({ queue: 'old' }));
    await redis.redis.lpush(keys().ready('old'), 'old');

    const { code, stdout } = await doctor('--fix', '--yes');

    expect(code).toBe(5);
    expect(stdout).toContain('nothing to repair');
    expect(stdout).toContain('1 queue holds jobs but is not configured: nobody serves it');
  });

  it('shows no control character of an id', async () => {
    await redis.redis.hset(keys().jobs, '\u001b[2Jevil', recordText());

    const { stdout } = await doctor();

    expect(stdout).toContain('\\u001b[2Jevil');
    expect(stdout).not.toContain('\u001b[2J');
  });

  it('tells the number of partitions that is stored, when it is another', async () => {
    await redis.redis.hset(keys().control, { schema: '1', partitions: '3' });

    const { code, stdout } = await doctor();

    expect(code).toBe(5);
    expect(stdout).toContain('[partition-count]');
  });

  it.each(['--dry-run', '--yes', '--reason=x'])('refuses %s without --fix', async (flag) => {
    const { code, stderr } = await doctor(flag);

    expect(code).toBe(2);
    expect(stderr).toContain('belong to --fix');
  });
});
