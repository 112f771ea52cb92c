import { openScripts, QueueKeys, type ScriptAccess, TcpProxy, useRedis, waitUntil } from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EnqueueRefusedError } from '../errors/enqueue-refused.error.js';
import { EnqueueUnknownError } from '../errors/enqueue-unknown.error.js';
import { QueueFullError } from '../errors/queue-full.error.js';
import type { QueueModuleOptions } from '../queue.options.js';
import { EnqueueService } from './enqueue.service.js';

describe('the way of a job into Redis', () => {
  const test = useRedis({ isPrivate: true });
  let proxy: TcpProxy;
  let scripts: ScriptAccess;
  let enqueue: EnqueueService;
  const keys = () => new QueueKeys(test.prefix(), 0);

  beforeEach(async () => {
    proxy = await TcpProxy.start(test.addr);
    await open();
  });
  afterEach(async () => {
    scripts.close();
    await proxy.close();
    await test.redis.config('SET', 'maxmemory', '0');
  });

  /** Connects through the proxy, one connection, and stores a first job so that everything is warm. */
  async function open(options: QueueModuleOptions = {}): Promise<void> {
    scripts?.close();
    const redis = { addr: proxy.addr, poolSizeMultiplier: 0.5, readTimeoutMs: 400, writeTimeoutMs: 2_000 };
    scripts = await openScripts(test, { ...options, redis: { ...redis, ...options.redis } });
    enqueue = new EnqueueService(scripts.options, scripts.runner, scripts.events);
    await enqueue.enqueue('test.noop', {}, { id: 'warm' });
  }
  const readyCount = () => test.redis.llen(keys().ready('low'));
  const isEnqueue = (chunk: Buffer) => chunk.includes('test.noop');

  it('rule 16: a batch whose reply was lost is sent again and stored once', async () => {
    const swallowed = proxy.swallowNextReply(isEnqueue);

    const results = await enqueue.enqueueMany([
      { kind: 'test.noop', payload: 1, id: 'a' },
      { kind: 'test.noop', payload: 2, id: 'b', uniqueKey: 'k' },
      { kind: 'test.noop', payload: 3, id: 'c', uniqueKey: 'k' },
    ]);

    await swallowed;
    expect(results.map(({ outcome, id }) => [outcome, id])).toEqual([
      ['stored', 'a'],
      ['stored', 'b'],
      ['duplicate', 'b'],
    ]);
    expect(await readyCount()).toBe(3);
  });

  it('answers unknown, not refused, when the answer was lost, and forgotten before the batch was sent again', async () => {
    const swallowed = proxy.swallowNextReply(isEnqueue);
    const answer = enqueue.enqueue('test.noop', {}, { id: 'a' }).catch((thrown: unknown) => thrown);
    await swallowed;
    const [memory] = await test.redis.keys(keys().producer('*'));
    await test.redis.hset(memory!, 'newest', 1_000);

    expect(await answer).toBeInstanceOf(EnqueueUnknownError);
    expect(await test.redis.hexists(keys().jobs, 'a')).toBe(1);
  });

  it('answers unknown at the deadline when no reply comes, and the job may be there all the same', async () => {
    proxy.hold('replies');

    const error = await enqueue.enqueue('test.noop', {}, { id: 'a' }).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(EnqueueUnknownError);
    expect(error).toMatchObject({ code: 'enqueue-unknown', jobId: 'a', deadlineMs: 2_000 });
    await waitUntil(async () => (await readyCount()) === 2);
    proxy.release();
  });

  it('answers refused, unreachable, when nothing could be sent', async () => {
    await proxy.refuse();
    proxy.cut();
    await waitUntil(() => !scripts.connections.status().isUp);

    const error = await enqueue.enqueue('test.noop', {}).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(EnqueueRefusedError);
    expect(error).toMatchObject({ reason: 'unreachable' });
    expect(await readyCount()).toBe(1);
  });

  it('goes on by itself after a cut that is over within the deadline', async () => {
    await proxy.refuse();
    proxy.cut();
    await waitUntil(() => !scripts.connections.status().isUp);
    const answer = enqueue.enqueue('test.noop', {}, { id: 'a' });
    await proxy.accept();

    expect(await answer).toMatchObject({ outcome: 'stored', id: 'a' });
  });

  it('answers refused, out-of-memory, when Redis is full: at once, and nothing is stored', async () => {
    await test.redis.config('SET', 'maxmemory', '1');

    const error = await enqueue.enqueue('test.noop', {}).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(EnqueueRefusedError);
    expect(error).toMatchObject({ code: 'enqueue-refused', reason: 'out-of-memory' });
    expect(await readyCount()).toBe(1);
  });

  it('answers queue-full for what would exceed max_length, and stores the rest', async () => {
    await open({ maxLength: 2 });

    const results = await enqueue.enqueueMany([
      { kind: 'test.noop', payload: {}, id: 'fits' },
      { kind: 'test.noop', payload: {}, id: 'too-many' },
    ]);

    expect(results).toMatchObject([{ outcome: 'stored' }, { outcome: 'refused', id: 'too-many' }]);
    expect(results[1]).toHaveProperty('error', expect.any(QueueFullError));
    await expect(enqueue.enqueue('test.noop', {})).rejects.toMatchObject({ code: 'queue-full', maxLength: 2 });
  });

  it('jobs of one tick travel in few calls: a first one early, up to two hundred jobs in each', async () => {
    let calls = 0;
    scripts.events.on('script.ran', () => calls++);

    await Promise.all(Array.from({ length: 432 }, () => enqueue.enqueue('test.noop', {})));

    expect(calls).toBe(4); // 32, 32, 200, 168
    expect(await readyCount()).toBe(433);
  });

  it('large jobs fill calls of their own: one that was begun waits for the end of the tick', async () => {
    let calls = 0;
    scripts.events.on('script.ran', () => calls++);
    const payload = 'x'.repeat(12_000);

    await Promise.all(Array.from({ length: 12 }, () => enqueue.enqueue('test.noop', payload)));

    expect(calls).toBe(3); // 5, 5, 2: 64 KiB each
  });

  it('rule 16: while a batch waits to be sent again, none gets so far ahead that its answer is forgotten', async () => {
    await open({ redis: { poolSizeMultiplier: 1, minIdleConns: 2 } });
    const swallowed = proxy.swallowNextReply(isEnqueue);
    const failed = new Promise<void>((resolve) => {
      scripts.events.on('script.ran', ({ answered }) => !answered && resolve());
    });
    const first = enqueue.enqueue('test.noop', {}, { id: 'first' });
    await Promise.all([swallowed, failed]);

    for (let at = 0; at < 60; at++) await enqueue.enqueue('test.noop', {});

    expect(await first).toEqual({ outcome: 'stored', id: 'first', queue: 'low' });
    expect(await readyCount()).toBe(62);
  });

  it('one bad job does not touch the others of its tick', async () => {
    const results = await enqueue.enqueueMany([
      { kind: 'NOT A KIND', payload: {} },
      { kind: 'test.noop', payload: 1n },
      { kind: 'test.noop', payload: {} },
    ]);

    expect(results.map(({ outcome }) => outcome)).toEqual(['refused', 'refused', 'stored']);
  });
});
