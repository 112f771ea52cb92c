import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitForValue, waitUntil } from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedRedis } from './embedded-redis.js';
import { identify, isRunning } from './embedded/process-identity.js';

describe('EmbeddedRedis', () => {
  let folder: string;
  let lines: string[];
  const started: EmbeddedRedis[] = [];
  const start = async () => {
    const redis = await EmbeddedRedis.start(folder, (line) => lines.push(line));
    started.push(redis);
    return redis;
  };
  const lock = () => JSON.parse(readFileSync(join(folder, 'supervisor.lock'), 'utf8'));

  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'embedded-redis-')), 'data');
    lines = [];
  });
  afterEach(async () => {
    for (const redis of started.splice(0)) await redis.stop();
    rmSync(join(folder, '..'), { recursive: true, force: true });
  });

  it('wants a password, and keeps its data over a stop', async () => {
    const first = await start();
    await ask(first, 'SET kept yes');
    await first.stop();

    const second = await start();

    expect(await ask(second, 'GET kept')).toContain('yes');
    expect(await ask({ addr: second.addr, password: 'wrong' }, 'GET kept')).toMatch(/WRONGPASS|NOAUTH/);
    expect(statSync(folder).mode & 0o077).toBe(0);
  });

  it('refuses a folder that another supervisor works in, and names it', async () => {
    await start();

    await expect(start()).rejects.toThrow(`${folder} is in use by process ${process.pid}`);
  });

  it('is back on the same data and port after its server died', async () => {
    const redis = await start();
    const { addr } = redis;
    await ask(redis, 'SET kept yes');
    const { pid } = lock().redis;

    process.kill(pid, 'SIGTERM');

    await waitForValue(() => lock().redis.pid !== pid && lines.length, 2);
    expect(redis.addr).toBe(addr);
    expect(await ask(redis, 'GET kept')).toContain('yes');
    expect(lines[0]).toMatch(/redis-server ended with (exit code 0|SIGTERM)/);
  });

  it('takes over from a dead supervisor, after the server that it left behind', async () => {
    const redis = await start();
    const left = lock().redis;
    await redis.stop();
    const orphan = spawn('sleep', ['60']);
    await once(orphan, 'spawn');
    const holder = { supervisor: { ...left }, redis: identify(orphan.pid!) };
    writeFileSync(join(folder, 'supervisor.lock'), JSON.stringify(holder));

    const next = await start();

    expect(isRunning(holder.redis!)).toBe(false);
    expect(await ask(next, 'PING')).toContain('PONG');
  });

  it('is not fooled by a pid that was given to somebody else', async () => {
    await (await start()).stop();
    const holder = { supervisor: { pid: process.pid, startedAt: '1' }, redis: null };
    writeFileSync(join(folder, 'supervisor.lock'), JSON.stringify(holder));

    await expect(start()).resolves.toBeDefined();
  });
});

/** One inline command, as text. */
async function ask({ addr, password }: { addr: string; password: string }, command: string): Promise<string> {
  const [host, port] = addr.split(':');
  const socket = connect(Number(port), host);
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk));
  socket.write(`AUTH ${password}\r\n${command}\r\nQUIT\r\n`);
  await once(socket, 'close');
  return waitUntil(() => answer);
}
