import { AppProcess, storedJobs, useRedis, waitUntil, type StoredJob } from '@app/testing';
import { EnqueueService, QueueModule } from '@app/queue';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const COMMANDS = {
  echo: ['/bin/cat'],
  fail: ['/bin/sh', '-c', 'echo no such order >&2; exit 3'],
  later: ['/bin/sh', '-c', 'test "$JOB_ATTEMPT" = 3 || exit 75'],
  hang: ['/bin/sh', '-c', 'trap "" TERM; while :; do sleep 1; done'],
};

describe('http.request and command.run in a worker process', () => {
  const redis = useRedis();
  let client: INestApplicationContext;
  let worker: AppProcess;
  let server: Server;
  let origin: string;
  let received: string[];

  beforeEach(async () => {
    received = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        received.push(body);
        const isFirst = received.length === 1;
        if (request.url === '/busy' && isFirst) response.writeHead(503, { 'retry-after': '1' }).end();
        else response.writeHead(request.url === '/bad' ? 400 : 200).end('thanks');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { addr, password } = redis;
    const queue = QueueModule.forRoot({ redis: { addr, password }, prefix: redis.prefix() });
    client = await NestFactory.createApplicationContext(queue, { logger: false });
    worker = await AppProcess.start('worker', {
      settings: {
        'redis.addr': addr,
        'redis.password': password,
        'queue.prefix': redis.prefix(),
        'worker.max_retries': 5,
        'worker.backoff.base': '5ms',
        'worker.backoff.max': '10ms',
        'worker.http_request.private_origins': origin,
        'worker.command_run.commands': JSON.stringify(COMMANDS),
      },
    });
    await worker.ready();
  });

  afterEach(async () => {
    await worker.stop('SIGKILL');
    await client.close();
    server.closeAllConnections();
    server.close();
  });

  async function settled(kind: string, payload: unknown, timeoutMs?: number): Promise<StoredJob> {
    const { id } = await client
      .get(EnqueueService)
      .enqueue(kind, payload, timeoutMs ? { timeoutMs, maxRetries: 0 } : {});
    return waitUntil(
      async () => {
        const job = (await storedJobs(redis.redis, redis.prefix())).find((stored) => stored.id === id)!;
        return (job.result !== undefined || job.history.reason !== undefined) && job;
      },
      { what: 'the end of the job' },
    );
  }

  it('posts exactly the JSON it was given', async () => {
    const body = JSON.parse('{"a":[1,{"__proto__":{"b":2},"c":null}]}') as unknown;

    const { result } = await settled('http.request', { url: `${origin}/`, body });

    expect(result).toEqual({ status: 200, body: 'thanks', truncated: false });
    expect(received).toEqual(['{"a":[1,{"__proto__":{"b":2},"c":null}]}']);
  });

  it('asks a busy server again when it said, and uses no attempt', async () => {
    const { result, history } = await settled('http.request', { url: `${origin}/busy` });

    expect(result).toMatchObject({ status: 200 });
    expect(history).toMatchObject({ attempts: 0, snoozes: 1 });
  });

  it.each([
    ['http.request', () => ({ url: `${origin}/bad` }), 'unrecoverable', 'answered 400'],
    ['http.request', () => ({ url: 'http://127.0.0.1:1/' }), 'unrecoverable', 'worker.http_request.allowed_origins'],
    ['http.request', () => ({ uri: origin }), 'invalid-payload', 'uri is no known field'],
    ['command.run', () => ({ command: 'fail' }), 'unrecoverable', 'exited with 3: no such order'],
    ['command.run', () => ({ command: '/bin/sh' }), 'unrecoverable', 'worker.command_run.commands'],
    ['command.run', () => ({}), 'invalid-payload', 'command must be a string'],
  ])('buries a job of %s at once, with the reason (%#)', async (kind, payload, reason, message) => {
    const { history } = await settled(kind, payload());

    expect(history.reason).toBe(reason);
    expect(history.trail).toHaveLength(1);
    expect(history.trail[0]?.summary).toContain(message);
  });

  it('runs a command with its input', async () => {
    const { result } = await settled('command.run', { command: 'echo', input: { order: 7 } });

    expect(result).toEqual({ stdout: '{"order":7}\n', truncated: false });
  });

  it('runs a command again that exits with 75', async () => {
    const { history, result } = await settled('command.run', { command: 'later' });

    expect(result).toMatchObject({ truncated: false });
    expect(history.attempts).toBe(2);
  });

  it('kills a command that outlives its time and ignores SIGTERM', async () => {
    const { history } = await settled('command.run', { command: 'hang' }, 200);

    expect(history).toMatchObject({ reason: 'timeout', attempts: 1 });
  });
});
