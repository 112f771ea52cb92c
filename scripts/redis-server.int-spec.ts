import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startRedis, type RedisServer } from './redis-server.mjs';

const started: RedisServer[] = [];

async function start(options?: Parameters<typeof startRedis>[0]): Promise<RedisServer> {
  const server = await startRedis(options);
  started.unshift(server);
  return server;
}

/** Sends one inline command on a connection of its own and returns the last line of the reply. */
async function ask({ host, port, password }: RedisServer, command: string): Promise<string> {
  const socket: Socket = createConnection({ host, port });
  socket.end(`AUTH ${password}\r\n${command}\r\nQUIT\r\n`);
  let reply = '';
  for await (const chunk of socket.setEncoding('utf8')) reply += String(chunk);
  return reply.trim().split('\r\n').at(-2) ?? '';
}

describe('startRedis', () => {
  afterEach(async () => {
    for (const server of started.splice(0)) await server.stop();
  });

  it('keeps the data of a killed server for a start on the same folder', async () => {
    const killed = await start({ appendfsync: 'always' });
    await ask(killed, 'SET greeting hello');
    await killed.kill('SIGKILL');

    const again = await start({ dir: killed.dir, port: killed.port, password: killed.password });

    expect(again.url).toBe(killed.url);
    expect(await ask(again, 'GET greeting')).toBe('hello');
  });

  it('evicts nothing, and listens on loopback only', async () => {
    const server = await start();

    expect(await ask(server, 'CONFIG GET maxmemory-policy')).toBe('noeviction');
    expect(await ask(server, 'CONFIG GET bind')).toBe('127.0.0.1');
  });

  it('deletes its temporary folder when it is stopped', async () => {
    const server = await start();

    await server.stop();

    expect(existsSync(server.dir)).toBe(false);
  });

  it('refuses a given port that is taken, and says so', async () => {
    const { port } = await start();

    await expect(start({ port })).rejects.toThrow(/address already in use/i);
  });

  // Elsewhere an exit of the parent ends the server, but SIGKILL does not: only Linux can tie a child to its parent.
  it.runIf(process.platform === 'linux')('ends with a parent that is killed', async () => {
    const program = `
      import { startRedis } from ${JSON.stringify(new URL('redis-server.mjs', import.meta.url).href)};
      const { host, port, password, dir } = await startRedis();
      console.log(JSON.stringify({ host, port, password, dir }));`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program]);
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const server = JSON.parse(line.toString()) as RedisServer;
    expect(await ask(server, 'PING')).toBe('+PONG');

    parent.kill('SIGKILL');

    await expect.poll(() => ask(server, 'PING').catch(codeOf), { timeout: 10_000 }).toBe('ECONNREFUSED');
    rmSync(server.dir, { recursive: true });
  });
});

const codeOf = (error: NodeJS.ErrnoException) => error.code;
