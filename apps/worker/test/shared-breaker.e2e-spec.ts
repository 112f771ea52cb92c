import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppProcess, PlantedJobs, storedJobs, useRedis, waitUntil } from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const LEASE = '5s';
/** A lease, a sweep that comes late, and some for a busy machine. */
const RECOVERY = { timeoutMs: 30_000 };

describe('a circuit breaker that several worker processes share', () => {
  const redis = useRedis();
  let folder: string;
  let workers: AppProcess[];
  let planted: PlantedJobs;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shared-breaker-'));
    workers = [];
    planted = new PlantedJobs(redis.redis, redis.prefix());
  });
  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    rmSync(folder, { recursive: true });
  });

  /** Its one command fails for now unless `alive` is there, and hangs while `hang` is. */
  async function startWorker() {
    const command = `while [ -e ${folder}/hang ]; do sleep 0.1; done; [ -e ${folder}/alive ] || exit 75`;
    const settings = {
      'redis.addr': redis.addr,
      'redis.password': redis.password,
      'queue.prefix': redis.prefix(),
      'worker.heartbeat_ttl': LEASE,
      'worker.max_retries': 100,
      'worker.backoff.base': '10ms',
      'worker.backoff.max': '20ms',
      'circuit_breaker.min_samples': 4,
      'circuit_breaker.cooldown_period': '1s',
      'worker.command_run.commands': JSON.stringify({ mail: ['/bin/sh', '-c', command] }),
    };
    const worker = await AppProcess.start('worker', { settings });
    workers.push(worker);
    return worker.ready();
  }

  const breaker = async () => (await redis.redis.hget(planted.keys.control, 'breakers')) ?? '';
  const touch = (name: string) => writeFileSync(join(folder, name), '');

  it('is probed by another process after the prober was killed; no job is lost, no attempt burnt meanwhile', async () => {
    for (let at = 0; at < 10; at++)
      await planted.ready(`job-${at}`, { kind: 'command.run', payload: { command: 'mail' } });
    const first = await startWorker();
    await waitUntil(async () => (await breaker()).startsWith('command.run open'), { what: 'the trip' });
    touch('hang');
    await waitUntil(async () => /half-open \d+ \d+ \S+ job-/.test(await breaker()), { what: 'the probe' });
    const attempts = async () =>
      new Map((await storedJobs(redis.redis, redis.prefix())).map(({ id, history }) => [id, history.attempts]));
    const spent = await attempts();
    const [, prober] = / half-open \d+ \d+ (\S+) /.exec(await breaker())!;
    await startWorker();

    await first.stop('SIGKILL');
    touch('alive');
    rmSync(join(folder, 'hang'));

    await waitUntil(async () => !(await breaker()).includes(prober!), { ...RECOVERY, what: 'the end of the lease' });
    await waitUntil(async () => (await redis.redis.llen(planted.keys.completed)) === 10, RECOVERY);
    expect(await attempts()).toEqual(spent);
    await waitUntil(async () => (await breaker()) === '', { what: 'the end of the breaker' });
  });
});
