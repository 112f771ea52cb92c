import { AppProcess, SentinelSet, TestCluster } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAdmin, type AdminRun } from './run-admin.js';

const START_TIMEOUT_MS = 90_000;
const PARTITIONS = 6;

describe('the apps on a cluster of three masters', () => {
  let cluster: TestCluster;
  let worker: AppProcess;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    cluster = await TestCluster.start({ masters: 3, replicasEach: 0, nodeTimeoutMs: 2_000 });
    env = {
      REDIS_MODE: 'cluster',
      REDIS_CLUSTER_ADDRS: cluster.addrs.join(','),
      REDIS_PASSWORD: cluster.password,
      QUEUE_PARTITIONS: String(PARTITIONS),
    };
    worker = await (await AppProcess.start('worker', { env })).ready();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await worker?.stop();
    await cluster?.close();
  });

  const admin = (...args: string[]) => runAdmin(args, env);

  it('run a benchmark over all partitions', async () => {
    const { code, stdout, stderr } = await admin('bench', '--count=300', '--json');

    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ done: 300 });
  });

  it('show one queue, where the cluster is, and a worker in each partition', async () => {
    const { code, stdout } = await admin('stats');

    expect(code).toBe(0);
    expect(stdout).toContain(`cluster ${cluster.addrs.join(', ')}`);
    expect(stdout).toContain(`${PARTITIONS} partitions`);
  });

  it('find nothing to repair', async () => {
    const { code, stdout } = await admin('doctor', '--json');

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ isHealthy: true, partitions: PARTITIONS });
  });

  it('pause and resume a queue everywhere', async () => {
    const runs: AdminRun[] = [
      await admin('queue', 'pause', 'low', '--reason=deploy'),
      await admin('queue', 'resume', 'low'),
    ];

    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
  });

  it('forget everything, on each master', async () => {
    await worker.stop();
    const { code, stderr } = await admin('purge-all', '--dev', '--yes', '--prefix-check=jobqueue');
    expect({ code, stderr }).toMatchObject({ code: 0 });

    const after = await admin('stats', '--json');
    expect(JSON.parse(after.stdout)).toMatchObject({ workers: [], completed: { total: 0 } });
  });
});

describe('the apps on a master that sentinels name', () => {
  let set: SentinelSet;
  let worker: AppProcess;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    set = await SentinelSet.start({ downAfterMs: 2_000 });
    env = {
      REDIS_MODE: 'sentinel',
      REDIS_SENTINEL_MASTER_NAME: set.masterName,
      REDIS_SENTINEL_ADDRS: set.addrs.join(','),
      REDIS_SENTINEL_PASSWORD: set.sentinelPassword,
      REDIS_PASSWORD: set.password,
    };
    worker = await (await AppProcess.start('worker', { env })).ready();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await worker?.stop();
    await set?.close();
  });

  it('work, and say where the queue is', async () => {
    const bench = await runAdmin(['bench', '--count=50', '--json'], env);
    const stats = await runAdmin(['stats'], env);

    expect(JSON.parse(bench.stdout)).toMatchObject({ done: 50 });
    expect(stats.stdout).toContain(`main at sentinels ${set.addrs.join(', ')}`);
    expect((await runAdmin(['doctor'], env)).code).toBe(0);
  });

  it('say which sentinels could not be asked', async () => {
    const nobody = { ...env, REDIS_SENTINEL_ADDRS: '127.0.0.1:1', REDIS_DIAL_TIMEOUT: '500ms' };
    const { code, stderr } = await runAdmin(['stats'], nobody);

    expect(code).toBe(3);
    expect(stderr).toContain('main at sentinels 127.0.0.1:1');
  });
});
