import { QueueEvents, WorkerModule } from '@app/queue';
import { useRedis, waitForValue, waitUntil } from '@app/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { ObservedApp, type ObservedOptions } from './observed-app.js';

interface Check {
  readonly status: string;
  readonly message?: string;
  readonly next?: string;
}

describe('readiness', () => {
  const redis = useRedis({ isPrivate: true });
  let app: ObservedApp | undefined;

  async function start(options: ObservedOptions = {}): Promise<ObservedApp> {
    app = await ObservedApp.start(redis, options);
    return app;
  }

  /** Waits for this answer, then gives the check `redis`. */
  async function readyz(http: number, status: string, redisCheck: string): Promise<Check | undefined> {
    const ask = async () => {
      const answer = await app!.ask('/readyz');
      const report = JSON.parse(answer.text) as { status: string; details: Record<string, Check> };
      return { http: answer.status, status: report.status, redis: report.details['redis'] };
    };
    const facts = async () => {
      const seen = await ask();
      return { ...seen, redis: seen.redis?.status };
    };
    await waitForValue(facts, { http, status, redis: redisCheck }, { what: '/readyz', timeoutMs: 20_000 });
    return (await ask()).redis;
  }

  afterEach(async () => {
    await redis.recover();
    await redis.redis.config('SET', 'maxmemory', '0');
    await app?.close();
    app = undefined;
  });

  it('says yes when Redis answers, and health is never asked of Redis', async () => {
    await start();

    await readyz(200, 'ok', 'up');
    expect(await app!.ask('/healthz')).toMatchObject({ status: 200, text: '{"status":"ok"}' });
  });

  it('says no while Redis is gone, names the check and the next step but no address, and recovers', async () => {
    const observed = await start();
    await readyz(200, 'ok', 'up');
    await waitUntil(async () => 'queue_length{queue="high"}' in (await observed.scrape()));

    await redis.kill();
    const check = await readyz(503, 'error', 'down');

    expect(check?.message).toMatch(/^Redis does not answer: /);
    expect(check?.next).toMatch(/check that Redis runs/);
    const { text } = await observed.ask('/readyz');
    for (const secret of [String(redis.port), redis.host, redis.password]) expect(text).not.toContain(secret);
    expect((await observed.ask('/healthz')).status).toBe(200);
    await waitUntil(async () => !('queue_length{queue="high"}' in (await observed.scrape())));
    expect(await observed.scrape()).toMatchObject({ redis_up: 0 });

    await redis.restart();
    await readyz(200, 'ok', 'up');
    await waitUntil(async () => (await observed.scrape())['queue_length{queue="high"}'] === 0);
    expect(await observed.scrape()).toMatchObject({ redis_up: 1 });
  });

  it('starts without Redis and says so', async () => {
    await redis.kill();

    await start();

    await readyz(503, 'error', 'down');
  });

  it('says no when Redis is silent, by its own deadline, and shows no stale gauges', async () => {
    const observed = await start();
    await readyz(200, 'ok', 'up');

    await redis.freeze();

    expect((await readyz(503, 'error', 'down'))?.message).toMatch(/Redis does not answer/);
    await waitUntil(async () => !('processing_length' in (await observed.scrape())));
  });

  it('needs writes for a producer', async () => {
    await start();
    await readyz(200, 'ok', 'up');

    await redis.redis.config('SET', 'maxmemory', '1mb');

    expect((await readyz(503, 'error', 'down'))?.message).toMatch(/^Redis takes no writes: /);
  });

  it('calls a worker that cannot write degraded, and ready', async () => {
    await start({ app: 'worker', imports: [WorkerModule.forRoot()] });
    await readyz(200, 'ok', 'up');

    await redis.redis.config('SET', 'maxmemory', '1mb');

    expect((await readyz(200, 'degraded', 'degraded'))?.next).toMatch(/memory/);
  });

  it('watches the claim loop of a worker', async () => {
    await start({ app: 'worker', imports: [WorkerModule.forRoot()] });

    await readyz(200, 'ok', 'up');

    expect((await app!.ask('/readyz')).text).toContain('"claim-loop":{"status":"up"}');
  });

  it('says no from the first moment of a drain', async () => {
    const observed = await start();
    await readyz(200, 'ok', 'up');

    observed.get(QueueEvents).emit('worker.draining', { running: 0 });

    const { status, text } = await observed.ask('/readyz');
    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ status: 'error', error: { draining: { status: 'down' } } });
  });
});
