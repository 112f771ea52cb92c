import { AppProcess, useRedis, waitForValue } from '@app/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { runAdmin } from './run-admin.js';

describe('admin serve', () => {
  const redis = useRedis();
  let app: AppProcess | undefined;
  afterEach(() => app?.stop('SIGKILL'));

  async function serve(addr: string): Promise<AppProcess> {
    const settings = { 'redis.addr': addr, 'redis.password': redis.password, 'queue.prefix': redis.prefix() };
    return (app = await AppProcess.start('admin', { args: ['serve'], settings }));
  }

  it('tells the gauges of Redis, no worker needed, until SIGTERM', async () => {
    const running = await (await serve(redis.addr)).ready();

    expect((await running.get('/healthz')).status).toBe(200);
    expect(await running.metric('workers_registered')).toBe(0);
    expect(await (await running.get('/metrics')).text()).toMatch(/^queue_length\{queue="high"\} 0$/m);
    expect(await running.stop()).toEqual({ code: 0, signal: null });
  });

  it('lives without Redis, but is not ready', async () => {
    const running = await serve('127.0.0.1:1');

    await waitForValue(async () => (await running.get('/healthz')).status, 200);
    expect((await running.get('/readyz')).status).toBe(503);
    expect(await running.stop()).toEqual({ code: 0, signal: null });
  });

  it('does not start with a wrong configuration', async () => {
    const { code, stdout, stderr } = await runAdmin(['serve'], { QUEUE_PARTITIONS: 'many' });

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('admin cannot start: queue.partitions: found "many"');
  });
});
