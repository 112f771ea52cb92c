import { AppProcess, storedJobs, useRedis, waitUntil, type StoredJob } from '@app/testing';
import { EnqueueService, QueueModule } from '@app/queue';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobEnd, JobEndsMessage } from '../src/run-report.js';

describe('file.digest in a worker process', () => {
  const redis = useRedis();
  let folder: string;
  let client: INestApplicationContext;
  let worker: AppProcess;

  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'file-digest-e2e-')));
    chmodSync(folder, 0o755);
    const { addr, password } = redis;
    const queue = QueueModule.forRoot({ redis: { addr, password }, prefix: redis.prefix() });
    client = await NestFactory.createApplicationContext(queue, { logger: false });
    worker = await AppProcess.start('worker', {
      asNobody: true,
      settings: {
        'redis.addr': addr,
        'redis.password': password,
        'queue.prefix': redis.prefix(),
        'worker.file_digest.roots': folder,
        'worker.max_retries': 50,
        'worker.backoff.base': '10ms',
        'worker.backoff.max': '50ms',
      },
    });
    await worker.ready();
  });

  afterEach(async () => {
    await worker.stop('SIGKILL');
    await client.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const enqueue = (payload: unknown) => client.get(EnqueueService).enqueue('file.digest', payload);
  const jobs = () => storedJobs(redis.redis, redis.prefix());
  const jobWith = async (id: string) => (await jobs()).find((job) => job.id === id)!;

  async function settled(id: string): Promise<StoredJob> {
    return waitUntil(
      async () => {
        const job = await jobWith(id);
        return (job.result !== undefined || job.history.reason !== undefined) && job;
      },
      { what: 'the end of the job' },
    );
  }

  it('stores digest, size and media type', async () => {
    const content = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(300_000, 'x')]);
    writeFileSync(join(folder, 'a.bin'), content);

    const { id } = await enqueue({ path: join(folder, 'a.bin') });

    expect((await settled(id)).result).toEqual({
      sha256: createHash('sha256').update(content).digest('hex'),
      bytes: content.length,
      mediaType: 'application/pdf',
    });
  });

  it.each([
    ['a file that is gone', () => ({ path: join(folder, 'gone') }), 'is gone', 'unrecoverable', 1],
    ['a file outside its roots', () => ({ path: '/etc/passwd' }), 'is outside worker.file_digest', 'unrecoverable', 1],
    ['an invalid payload', () => ({ file: 'x' }), 'file is no known field; path must be', 'invalid-payload', 0],
  ])('buries %s at once, with the reason', async (_what, payload, message, reason, attempts) => {
    const { id } = await enqueue(payload());

    const { history } = await settled(id);

    expect(history).toMatchObject({ reason, attempts });
    expect(history.trail.at(-1)?.summary).toContain(message);
  });

  it('tries a file it may not read again, until it may', async () => {
    const path = join(folder, 'locked');
    writeFileSync(path, 'at last');
    chmodSync(path, 0o000);
    const { id } = await enqueue({ path });
    await waitUntil(async () => (await jobWith(id)).history.attempts >= 2, { what: 'a second attempt' });

    chmodSync(path, 0o644);

    expect((await settled(id)).result).toMatchObject({ bytes: 7 });
  });

  it('tells its supervisor how each run ended', async () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'x');
    await enqueue({ path });
    await enqueue({ path: join(folder, 'gone') });

    const ends = await waitUntil(() => reported(worker).length === 2 && reported(worker), { what: 'two reports' });

    expect(ends.toSorted((a, b) => a.outcome.localeCompare(b.outcome))).toEqual([
      { queue: 'low', kind: 'file.digest', outcome: 'completed', label: path, ...times() },
      { queue: 'low', kind: 'file.digest', outcome: 'dead', label: join(folder, 'gone'), ...times() },
    ]);
  });
});

function reported(worker: AppProcess): JobEnd[] {
  const reports = worker.messages.filter((message) => (message as JobEndsMessage).type === 'job-ends');
  return reports.flatMap((message) => (message as JobEndsMessage).ends);
}

const times = () => ({ waitMs: expect.any(Number), durationMs: expect.any(Number) });
