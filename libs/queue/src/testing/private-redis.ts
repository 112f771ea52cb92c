import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAMS = ['redis-server', 'valkey-server'];
const PORT_TRIES = 20;
const READY = 'Ready to accept connections';

/** A redis-server of one test, on loopback, empty. */
export interface PrivateRedis {
  /** `host:port` */
  readonly addr: string;
  /** Ends the server and removes its folder. */
  close(): Promise<void>;
}

/**
 * Starts `REDIS_SERVER_BIN`, else the first of redis-server and valkey-server on the PATH (7 or later). Nothing is kept
 * on disk, and it ends with this process.
 *
 * @throws {Error} there is none; the message names the remedy.
 */
export async function startPrivateRedis(): Promise<PrivateRedis> {
  const programs = process.env.REDIS_SERVER_BIN ? [process.env.REDIS_SERVER_BIN] : PROGRAMS;
  for (const program of programs) {
    const server = await tryPorts(program);
    if (server) return server;
  }
  throw new Error(`no ${programs.join(' or ')} found: install Redis 7 or later, or set REDIS_SERVER_BIN to a binary`);
}

/** Undefined: there is no such program. */
async function tryPorts(program: string): Promise<PrivateRedis | undefined> {
  for (let tries = 1; ; tries += 1) {
    const port = randomInt(20_000, 32_000); // below the ports that clients are given
    const folder = mkdtempSync(join(tmpdir(), 'queue-testing-redis-'));
    const args = ['--bind', '127.0.0.1', '--port', `${port}`, '--dir', folder, '--save', '', '--appendonly', 'no'];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const problem = await readiness(child);
    if (!problem) return handleOf(child, port, folder);
    rmSync(folder, { recursive: true, force: true });
    if (problem === 'ENOENT') return undefined;
    if (tries === PORT_TRIES || !/address already in use/i.test(problem)) throw new Error(`${program}: ${problem}`);
  }
}

/** @returns why it did not start; undefined when it did. */
function readiness(child: ChildProcess): Promise<string | undefined> {
  return new Promise((settle) => {
    let log = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-4_000);
      if (log.includes(READY)) settle(undefined);
    });
    child.once('error', (error: NodeJS.ErrnoException) => settle(error.code === 'ENOENT' ? 'ENOENT' : error.message));
    child.once('close', (code) => settle(`ended with ${code}: ${log}`));
  });
}

function handleOf(child: ChildProcess, port: number, folder: string): PrivateRedis {
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const endWithParent = () => {
    child.kill('SIGKILL');
    remove();
  };
  process.once('exit', endWithParent);
  const close = async () => {
    process.off('exit', endWithParent);
    if (child.kill('SIGKILL')) await once(child, 'exit');
    remove();
  };
  return { addr: `127.0.0.1:${port}`, close };
}
