import { AppProcess, lintMetrics, PlantedJobs, useRedis, waitUntil } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** How long an answer may take to follow what happened: the promise of docs/metrics.md. */
const PROMISED_MS = 5_000;
const APPS = ['producer', 'worker', 'admin'] as const;
type App = (typeof APPS)[number];

interface Report {
  readonly http: number;
  readonly status: string;
  /** Failing and degraded checks. */
  readonly checks: readonly string[];
}

describe('health of the real apps', () => {
  const redis = useRedis({ isPrivate: true });
  const running = new Map<App, AppProcess>();
  /** Answers of /healthz that were not 200, from the start of the apps to their end. */
  const deadSigns: string[] = [];
  let watching: NodeJS.Timeout;
  let prefix: string;

  beforeAll(async () => {
    prefix = redis.prefix();
    const settings = {
      'redis.addr': redis.addr,
      'redis.password': redis.password,
      'queue.prefix': prefix,
      'producer.http.enabled': false,
    };
    for (const app of APPS) {
      running.set(app, await AppProcess.start(app, { settings, args: app === 'admin' ? ['serve'] : [] }));
    }
    for (const app of running.values()) await app.ready();
    watching = setInterval(() => {
      for (const [name, app] of running) void look(name, app);
    }, 200);
  }, 60_000);
  afterAll(async () => {
    clearInterval(watching);
    for (const app of running.values()) await app.stop();
  });

  async function look(name: App, app: AppProcess): Promise<void> {
    const answer = await app.get('/healthz').then(
      ({ status }) => String(status),
      (error: unknown) => String(error),
    );
    if (answer !== '200') deadSigns.push(`${name}: ${answer}`);
  }

  async function report(app: App): Promise<Report> {
    const response = await running.get(app)!.get('/readyz');
    const { status, details } = (await response.json()) as {
      status: string;
      details: Record<string, { status: string }>;
    };
    const troubled = Object.entries(details).filter(([, check]) => check.status !== 'up');
    return { http: response.status, status, checks: troubled.map(([name]) => name) };
  }

  /** Waits until each app gives this answer, no longer than was promised. */
  async function answers(expected: Readonly<Record<App, readonly [http: number, status: string, check?: string]>>) {
    for (const app of APPS) {
      const [http, status, check] = expected[app];
      await waitUntil(
        async () => {
          const seen = await report(app);
          const isIt = seen.http === http && seen.status === status;
          if (isIt && (check === undefined ? seen.checks.length === 0 : seen.checks.includes(check))) return true;
          throw new Error(JSON.stringify(seen));
        },
        { timeoutMs: PROMISED_MS, everyMs: 50, what: `${app} to answer ${http} ${status} ${check ?? ''}` },
      );
    }
  }
  const WELL = { producer: [200, 'ok'], worker: [200, 'ok'], admin: [200, 'ok'] } as const;
  const UNREACHABLE = {
    producer: [503, 'error', 'redis'],
    worker: [503, 'error', 'redis'],
    admin: [503, 'error', 'redis'],
  } as const;
  const NO_WRITES = {
    producer: [503, 'error', 'redis'],
    worker: [200, 'degraded', 'redis'],
    admin: [200, 'degraded', 'redis'],
  } as const;

  it.each<[string, Parameters<typeof answers>[0], () => Promise<unknown>, () => Promise<unknown>]>([
    ['Redis is killed', UNREACHABLE, () => redis.kill(), () => redis.restart()],
    ['Redis is silent', UNREACHABLE, () => redis.freeze(), () => redis.thaw()],
    [
      'Redis becomes a replica',
      NO_WRITES,
      () => redis.redis.replicaof('127.0.0.1', 1),
      () => redis.redis.replicaof('NO', 'ONE'),
    ],
    [
      'Redis has no memory left',
      NO_WRITES,
      () => redis.redis.config('SET', 'maxmemory', '1mb'),
      () => redis.redis.config('SET', 'maxmemory', '0'),
    ],
  ])(
    'says what it should within 5 s when %s, and takes it back within 5 s',
    async (_, expected, break_, repair) => {
      await answers(WELL);

      await break_();
      await answers(expected);
      await steadily(expected);
      await repair();
      await answers(WELL);

      expect(deadSigns).toEqual([]);
    },
    60_000,
  );

  /** It does not flicker: a client that makes its connections anew must not change the answer. */
  async function steadily(expected: Parameters<typeof answers>[0]): Promise<void> {
    const until = performance.now() + 3_000;
    while (performance.now() < until) {
      for (const app of APPS) {
        const { http, status } = await report(app);
        expect([app, http, status]).toEqual([app, ...expected[app].slice(0, 2)]);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  it.each(APPS)('shows metrics of %s that Prometheus takes without a complaint', async (app) => {
    await answers(WELL);

    const scrape = await (await running.get(app)!.get('/metrics')).text();

    expect(scrape).toContain('queue_length{queue="high"}');
    expect(lintMetrics(scrape)).toEqual([]);
  });

  it('names a worker that lives but claims nothing although jobs are ready, in readiness and metrics', async () => {
    const planted = new PlantedJobs(redis.redis, prefix);
    const { control } = planted.keys;
    const worker = running.get('worker')!;
    await answers(WELL);

    // The numbers of claims are not to be had: every call that claims fails, everything else works.
    await redis.redis.rename(control, `${control}-aside`);
    await redis.redis.set(control, 'not a hash');
    await planted.ready('left-lying', { kind: 'test.nobody' });
    await redis.redis.lpush(planted.keys.wake('low'), 1);
    await answers({ ...WELL, worker: [503, 'error', 'claim-loop'] });
    const stalled = await worker.metric('worker_stalled');
    await redis.redis.del(control);
    await redis.redis.rename(`${control}-aside`, control);
    await answers(WELL);

    expect(stalled).toBe(1);
    expect(await worker.metric('worker_stalled')).toBe(0);
    expect(deadSigns).toEqual([]);
  }, 60_000);
});
