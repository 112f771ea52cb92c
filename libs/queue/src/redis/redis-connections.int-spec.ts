import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { openScripts, type ScriptAccess, useRedis, waitUntil } from '@app/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { QueueEvents } from '../events/queue-events.js';
import { type RedisOptions, resolveQueueOptions } from '../queue.options.js';
import { RedisConnections } from './redis-connections.js';

/** A database of its own tells these connections from those of the harness. */
const DB = 9;

describe('the script connections of a process', () => {
  const redis = useRedis({ isPrivate: true });
  const opened: ScriptAccess[] = [];
  afterEach(async () => {
    for (const access of opened.splice(0)) access.close();
    await waitUntil(async () => (await connectionCount()) === 0, { what: 'no connection left' });
  });

  async function open(options: Partial<RedisOptions>): Promise<ScriptAccess> {
    const access = await openScripts(redis, { redis: { db: DB, ...options } });
    opened.push(access);
    return access;
  }

  /** What Redis itself says: one line of CLIENT LIST a connection. */
  async function connectionCount(): Promise<number> {
    const list = String(await redis.redis.call('CLIENT', 'LIST', 'TYPE', 'normal'));
    return list.split('\n').filter((line) => line.includes(` db=${DB} `)).length;
  }

  const call = ({ runner }: ScriptAccess) => runner.run('probe', [`{${redis.prefix()}:0}:control`], []);

  const callAtOnce = (access: ScriptAccess) => Promise.all(Array.from({ length: 8 }, () => call(access)));

  /** Occupies one connection after the other until no new one comes. */
  async function countWhenAllAreBusy(access: ScriptAccess, expected: number): Promise<number> {
    for (let busy = 1; busy <= expected; busy++) {
      await occupyOne(access, busy);
      await access.connections.acquire();
      await waitUntil(async () => (await connectionCount()) === Math.min(busy + 1, expected));
      await waitUntil(async () => busy === expected || (await access.connections.acquire()).inFlight === 0);
    }
    await access.connections.acquire();
    return connectionCount();
  }

  it.each([
    [0.1, 1],
    [0.5, 1],
    [1, 2],
    [1.3, 3],
    [2, 4],
    [8, 16],
  ])('pool_size_multiplier %d: %d connections when all are busy', async (poolSizeMultiplier, expected) => {
    const access = await open({ poolSizeMultiplier });

    expect(await countWhenAllAreBusy(access, expected)).toBe(expected);
  });

  it.each([
    [0, 1, 1],
    [1, 8, 1],
    [3, 8, 3],
    [16, 8, 16],
    [16, 1, 2],
  ])(
    'min_idle_conns %d with multiplier %d opens %d at the start',
    async (minIdleConns, poolSizeMultiplier, expected) => {
      await open({ minIdleConns, poolSizeMultiplier });

      await waitUntil(async () => (await connectionCount()) === expected);
    },
  );

  it('one call after the other needs no second connection', async () => {
    const access = await open({ poolSizeMultiplier: 8 });

    for (let count = 0; count < 20; count++) await call(access);

    expect(await connectionCount()).toBe(1);
  });

  it('a call does not wait behind a long one while there is another connection', async () => {
    const access = await open({ poolSizeMultiplier: 1, minIdleConns: 2 });
    await waitUntil(async () => (await connectionCount()) === 2);
    await callAtOnce(access);

    await occupyOne(access);

    expect(await Promise.all([call(access), call(access)])).toEqual(['writable', 'writable']);
  });

  it('with a single connection it does wait', async () => {
    const access = await open({ poolSizeMultiplier: 0.5, readTimeoutMs: 200 });
    await call(access);

    await occupyOne(access);

    await expect(call(access)).rejects.toThrow('no reply within 200 ms');
  });

  it('a command of a person opens one connection, at its first call', async () => {
    const { addr, password } = redis;
    const person = { addr, password, db: DB, failFast: true, poolSizeMultiplier: 8, minIdleConns: 8 };
    const connections = new RedisConnections(resolveQueueOptions({ redis: person }), new QueueEvents());
    await redis.redis.ping();
    expect(await connectionCount()).toBe(0);

    await Promise.all(Array.from({ length: 8 }, () => connections.acquire()));

    expect(await connectionCount()).toBe(1);
    connections.onApplicationShutdown();
  });

  it('speaks as redis.username, to redis.db', async () => {
    await redis.redis.acl('SETUSER', 'ops', 'on', '>ops-password', '~*', '&*', '+@all');

    const access = await open({ username: 'ops', password: 'ops-password' });
    await call(access);

    const list = String(await redis.redis.client('LIST'));
    expect(list.split('\n').filter((line) => line.includes(` db=${DB} `))).toEqual([
      expect.stringContaining(' user=ops '),
    ]);
  });

  it('gives up a connection that is not made within dial_timeout', async () => {
    const full = await fullServer();
    const [hasty, patient] = [100, 60_000].map((dialTimeoutMs) => {
      const options = resolveQueueOptions({ redis: { addr: full.addr, dialTimeoutMs } });
      return new RedisConnections(options, new QueueEvents());
    });

    await waitUntil(() => hasty!.status().detail.includes('ETIMEDOUT'));

    expect(patient!.status().detail).toBe('not connected yet');
    for (const connections of [hasty, patient]) connections!.onApplicationShutdown();
    full.close();
  });

  /** A call that Redis answers only when its connection ends. */
  async function occupyOne({ connections }: ScriptAccess, busy = 1): Promise<void> {
    const connection = await connections.acquire();
    connection.inFlight++;
    connection.client.blpop(`${redis.prefix()}-never`, 0).catch(() => undefined);
    await waitUntil(async () => (await redis.redis.info('clients')).includes(`blocked_clients:${busy}\r`));
  }
});

const LISTEN = `require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
  console.log(this.address().port)
})`;

/** A server that hangs and whose queue of connections is full, so that a new one stays without an answer. */
async function fullServer(): Promise<{ addr: string; close: () => void }> {
  const server = spawn(process.execPath, ['-e', LISTEN], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = Number(String((await once(server.stdout, 'data'))[0]));
  server.kill('SIGSTOP');
  const waiting: Socket[] = [];
  do waiting.push(connect(port, '127.0.0.1').on('error', () => undefined));
  while (await isAnswered(waiting.at(-1)!));
  const close = () => {
    server.kill('SIGKILL');
    for (const socket of waiting) socket.destroy();
  };
  return { addr: `127.0.0.1:${port}`, close };
}

/** Loopback answers at once or never. */
function isAnswered(socket: Socket): Promise<boolean> {
  return Promise.race([once(socket, 'connect').then(() => true), sleep(500, false)]);
}
