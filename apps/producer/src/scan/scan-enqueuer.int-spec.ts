import { EnqueueService, QueueModule, RateLimiterService } from '@app/queue';
import { storedJobs, TcpProxy, useRedis, waitUntil } from '@app/testing';
import { Logger, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { type FileJob, ScanEnqueuer } from './scan-enqueuer.js';
import { ScanReport } from './scan-report.js';

describe('ScanEnqueuer', () => {
  const redis = useRedis({ isPrivate: true });
  let proxy: TcpProxy;
  let app: INestApplicationContext;
  let report: ScanReport;
  let stop: AbortController;
  let warnings: MockInstance<Logger['warn']>;

  beforeEach(async () => {
    proxy = await TcpProxy.start(redis.addr);
    const connection = { addr: proxy.addr, password: redis.password, readTimeoutMs: 200, writeTimeoutMs: 300 };
    const queue = QueueModule.forRoot({ redis: connection, prefix: redis.prefix(), partitions: 3 });
    app = await NestFactory.createApplicationContext(queue, { logger: false });
    report = new ScanReport();
    stop = new AbortController();
    warnings = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    await app.close();
    await proxy.close();
  });

  function settle(jobs: readonly FileJob[], ratePerSec = 0): Promise<void> {
    const limiter = app.get(RateLimiterService);
    return new ScanEnqueuer(app.get(EnqueueService), limiter, ratePerSec, report, stop.signal).settle(jobs);
  }

  const isWaiting = () => waitUntil(() => warnings.mock.calls.length > 0, { what: 'a scan that waits' });

  async function storedPaths(): Promise<string[]> {
    const partitions = await Promise.all(
      [0, 1, 2].map((partition) => storedJobs(redis.redis, redis.prefix(), partition)),
    );
    return partitions.flat().map(({ payload }) => (payload as { path: string }).path);
  }

  it('stores one job a file, and tells new from unchanged', async () => {
    await settle(jobsOf(10));
    await settle(jobsOf(12));

    expect(report.counts()).toMatchObject({ produced: 12, duplicates: 10 });
    expect(await storedPaths()).toHaveLength(12);
  });

  it('keeps to the rate, together with other producers', async () => {
    const startedMs = performance.now();

    await Promise.all([settle(jobsOf(30, 'a'), 40), settle(jobsOf(30, 'b'), 40)]);

    const seconds = (performance.now() - startedMs) / 1_000;
    expect(report.counts().produced).toBe(60);
    expect(60 / seconds).toBeLessThan(80); // one second of burst at most
    expect(60 / seconds).toBeGreaterThan(25);
  });

  it('waits while Redis is away, and loses nothing', async () => {
    await proxy.refuse();
    proxy.cut();
    const settled = settle(jobsOf(300), 100_000);

    await isWaiting();
    await proxy.accept();

    await settled;
    expect(report.counts().produced).toBe(300);
    expect(new Set(await storedPaths()).size).toBe(300);
  });

  it('knows its own jobs again when the answer came too late', async () => {
    await settle(jobsOf(1, 'first'));
    proxy.hold('replies');
    const settled = settle(jobsOf(50));
    await waitUntil(async () => (await storedPaths()).length === 51, { what: 'the jobs to arrive' });

    await isWaiting();
    proxy.release();

    await settled;
    expect(report.counts()).toMatchObject({ produced: 51, duplicates: 0 });
    expect(await storedPaths()).toHaveLength(51);
  });

  it('reports a job that can never be stored, and goes on with the others', async () => {
    const tooLarge = { ...jobsOf(1, 'large')[0]!, payload: { path: `/${'x'.repeat(300_000)}` } };

    await settle([tooLarge, ...jobsOf(3)]);

    expect(report.counts()).toMatchObject({ produced: 3, skipped: 1 });
    expect(report.summary('/', true).skipped.refused?.count).toBe(1);
  });

  it('stops waiting when the process stops', async () => {
    await proxy.refuse();
    proxy.cut();
    const settled = settle(jobsOf(1));
    await isWaiting();

    stop.abort();

    await expect(settled).rejects.toThrow('abort');
  });
});

function jobsOf(count: number, name = 'file'): FileJob[] {
  return Array.from({ length: count }, (_, index) => {
    const path = `/d/${name}-${index}`;
    return { kind: 'file.digest', queue: 'low', payload: { path }, uniqueKey: `file:${path}` };
  });
}
