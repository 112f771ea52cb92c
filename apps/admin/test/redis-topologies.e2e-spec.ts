import { AppProcess, Certificates, QueueKeys, SentinelSet, TestCluster, waitUntil } from '@app/testing';
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

  it('measure the keys of all masters', async () => {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const key = new QueueKeys('jobqueue', partition).unique('order-17');
      await cluster.redis.set(key, 'a-job', 'PX', 60_000);
    }

    const { code, stdout, stderr } = await admin('stats-keys', '--json');

    expect({ code, stderr }).toMatchObject({ code: 0 });
    const families = JSON.parse(stdout).families as { name: string; keys: number; bytes: number }[];
    expect(families).toContainEqual(expect.objectContaining({ name: 'control', keys: PARTITIONS }));
    expect(families).toContainEqual(expect.objectContaining({ name: 'unique', keys: PARTITIONS }));
    expect(families.every(({ bytes }) => bytes > 0)).toBe(true);
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

  it.each([
    [{ REDIS_SENTINEL_MASTER_NAME: 'mian' }, 'the sentinels know no master of this name'],
    [{ REDIS_SENTINEL_PASSWORD: 'wrong' }, 'the sentinels refuse user or password'],
  ])('say in readiness what is wrong: %o', async (wrong, reason) => {
    const app = await AppProcess.start('worker', { env: { ...env, ...wrong } });
    try {
      const isSaid = async () => (await (await app.get('/readyz')).text()).includes(reason);
      await waitUntil(isSaid, { what: reason, timeoutMs: 20_000 });
      expect(app.output).not.toContain('Unhandled error event');
    } finally {
      await app.stop('SIGKILL');
    }
  });

  it('say which sentinels could not be asked', async () => {
    const nobody = { ...env, REDIS_SENTINEL_ADDRS: '127.0.0.1:1', REDIS_DIAL_TIMEOUT: '500ms' };
    const { code, stderr } = await runAdmin(['stats'], nobody);

    expect(code).toBe(3);
    expect(stderr).toContain('main at sentinels 127.0.0.1:1');
  });
});

describe('TLS with client certificates', () => {
  const certificates = new Certificates();
  const tls = () => certificates.serverTls('server', 'ca');
  const client = (name = 'client') => ({
    REDIS_TLS_ENABLED: '1',
    REDIS_TLS_CA_FILE: certificates.path('ca.pem'),
    REDIS_TLS_CERT_FILE: certificates.path(`${name}.pem`),
    REDIS_TLS_KEY_FILE: certificates.path(`${name}.key`),
  });
  beforeAll(() => {
    certificates.authority('ca');
    certificates.authority('other-ca');
    for (const name of ['server', 'client']) certificates.sign(name, 'ca');
    certificates.sign('stranger', 'other-ca');
  });
  afterAll(() => certificates.remove());

  it(
    'leads to each master of a cluster, and keeps strangers out',
    async () => {
      const cluster = await TestCluster.start({ masters: 3, replicasEach: 0, nodeTimeoutMs: 2_000, tls: tls() });
      try {
        const env = {
          REDIS_MODE: 'cluster',
          REDIS_CLUSTER_ADDRS: cluster.addrs.join(','),
          REDIS_PASSWORD: cluster.password,
          QUEUE_PARTITIONS: String(PARTITIONS),
        };
        await expectWork({ ...env, ...client() });
        expect(await runAdmin(['stats'], { ...env, ...client('stranger') })).toMatchObject({ code: 3 });
      } finally {
        await cluster.close();
      }
    },
    START_TIMEOUT_MS,
  );

  it(
    'leads to the sentinels and the master they name, and keeps strangers out',
    async () => {
      const set = await SentinelSet.start({ downAfterMs: 2_000, tls: tls() });
      try {
        const env = {
          REDIS_MODE: 'sentinel',
          REDIS_SENTINEL_MASTER_NAME: set.masterName,
          REDIS_SENTINEL_ADDRS: set.addrs.join(','),
          REDIS_SENTINEL_PASSWORD: set.sentinelPassword,
          REDIS_PASSWORD: set.password,
        };
        await expectWork({ ...env, ...client() });
        expect(await runAdmin(['stats'], { ...env, ...client('stranger') })).toMatchObject({ code: 3 });
      } finally {
        await set.close();
      }
    },
    START_TIMEOUT_MS,
  );

  async function expectWork(env: NodeJS.ProcessEnv): Promise<void> {
    const worker = await AppProcess.start('worker', { env });
    try {
      await worker.ready();
      const bench = await runAdmin(['bench', '--count=50', '--json'], env);
      expect(JSON.parse(bench.stdout)).toMatchObject({ done: 50 });
    } finally {
      await worker.stop();
    }
  }
});
