import { AppProcess, NOT_ALLOWED, useRedis, waitUntil, type AppRole } from '@app/testing';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';

const COMMANDS = {
  echo: ['/bin/cat'],
  fail: ['/bin/sh', '-c', 'exit 3'],
  later: ['/bin/sh', '-c', 'test "$JOB_ATTEMPT" = 2 || exit 75'],
  hang: ['/bin/sleep', '600'],
};

describe('producer, worker and admin, each as its own Redis user', () => {
  const redis = useRedis({ hasUsers: true }); // after each test: nobody was refused anything
  const folder = mkdtempSync(join(tmpdir(), 'redis-users-'));
  const apps: AppProcess[] = [];
  let url: string;

  beforeEach(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}/v1/jobs`;
    const http = { 'producer.http.enabled': true, 'producer.http.port': port, 'producer.rate_limit_per_sec': 500 };
    await start('producer', http);
    await startWorker();
    await start('admin', {}, ['serve']);
  });
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.stop('SIGKILL');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const loginAs = (user: AppRole | 'metrics') => ({
    'redis.addr': redis.addr,
    'redis.username': user,
    'redis.password': redis.password,
    'queue.prefix': redis.prefix(),
  });

  async function start(role: AppRole, settings: Record<string, string | number | boolean>, args: string[] = []) {
    const app = await AppProcess.start(role, { settings: { ...loginAs(role), ...settings }, args });
    apps.push(app);
    return app.ready();
  }

  const startWorker = () =>
    start('worker', {
      'worker.command_run.commands': JSON.stringify(COMMANDS),
      'worker.heartbeat_ttl': '5s',
      'worker.backoff.base': '5ms',
      'worker.backoff.max': '10ms',
    });

  /** A command of the CLI: what it wrote, when it ended well. */
  async function admin(args: string, user: 'admin' | 'metrics' = 'admin'): Promise<string> {
    const command = await AppProcess.start('admin', { settings: loginAs(user), args: args.split(' ') });
    const { code } = await command.exited;
    expect(command.output).not.toMatch(NOT_ALLOWED);
    expect({ args, code, output: command.output }).toMatchObject({ code: 0 });
    return command.output;
  }

  async function enqueue(command: string, more: object = {}): Promise<string> {
    const job = { kind: 'command.run', payload: { command, input: 1 }, ...more };
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(job) });
    const { id } = (await response.json()) as { id: string };
    expect({ id, status: response.status }).toEqual({ id: expect.any(String) as string, status: 201 });
    return id;
  }

  const stateOf = async (id: string) => ((await (await fetch(`${url}/${id}`)).json()) as { state: string }).state;
  const reaches = (id: string, state: string) =>
    waitUntil(async () => (await stateOf(id)) === state, { what: `${id} is ${state}` });

  /** Redis users that are logged in, besides the one of this spec. */
  async function usersOnline(): Promise<string[]> {
    const list = String(await redis.redis.client('LIST'));
    const users = [...list.matchAll(/ user=(\w+)/g)].map(([, user]) => user!);
    return [...new Set(users)].filter((user) => user !== 'default').toSorted();
  }

  it('a job goes all its ways, and an operator sees and moves it', { timeout: 180_000 }, async () => {
    for (const app of apps) expect((await app.get('/readyz')).status).toBe(200);
    expect(await usersOnline()).toEqual(['admin', 'producer', 'worker']);

    const good = await enqueue('echo', { uniqueKey: 'order-1' });
    const later = await enqueue('later', { delay: '50ms' });
    const bad = await enqueue('fail');
    await reaches(good, 'completed');
    await reaches(later, 'completed');
    await reaches(bad, 'dead');

    expect(await admin('stats')).toContain('low');
    expect(await admin('stats-keys')).toContain('jobs');
    expect(await admin('workers')).toContain('high');
    expect(await admin(`job show ${good} --payload`)).toContain('completed');
    expect(await admin('peek --place=completed')).toContain(good);
    expect(await admin('dlq list')).toContain(bad);
    expect(await admin('dlq groups')).toContain('1');
    expect(await admin(`dlq show ${bad}`)).toContain(bad);
    await admin(`dlq export --output=${join(folder, 'dead.ndjson')}`);
    await admin('dlq requeue --yes --reason=again');
    await reaches(bad, 'dead');
    await admin('purge-dlq --yes --reason=done');
    await admin(`dlq import ${join(folder, 'dead.ndjson')} --reason=back`);
    expect(await admin('dlq list')).toContain(bad);

    await admin('queue pause low --reason=look');
    const held = await enqueue('echo', { queue: 'low' });
    const planned = await enqueue('echo', { queue: 'low', delay: '10m' });
    expect(await admin(`job cancel ${held} --reason=no`)).toContain(held);
    await admin('queue purge low --yes --reason=no');
    expect((await fetch(`${url}/${planned}`)).status).toBe(404);
    await admin('queue resume low');

    const hanging = await enqueue('hang');
    await reaches(hanging, 'processing');
    await admin(`job cancel ${hanging} --reason=stuck`);
    await reaches(hanging, 'dead');

    expect(await admin('bench --bench-count=200 --bench-rate=1000 --bench-priority=high')).toContain('200');
    await admin('doctor');
    expect(await admin('audit --n=50')).toContain('dlq requeue');
    expect(await admin('stats', 'metrics')).toContain('low');
    for (const app of apps) {
      expect((await app.get('/readyz')).status).toBe(200);
      expect(await app.metric('redis_up')).toBe(1);
    }
    await admin(`purge-all --dev --yes --prefix-check=${redis.prefix()}`);
    for (const app of apps) expect((await app.ready()).output).not.toMatch(NOT_ALLOWED);
  });

  it('a worker drains, and another takes back what a killed one held', { timeout: 60_000 }, async () => {
    const worker = apps[1]!;
    const hanging = await enqueue('hang', { queue: 'high' });
    await reaches(hanging, 'processing');
    worker.signal('SIGKILL');
    await worker.exited;

    const other = await startWorker();
    await waitUntil(async () => (await other.metric('jobs_recovered_total')) > 0, { timeoutMs: 20_000 });
    await reaches(hanging, 'processing');
    await admin(`job cancel ${hanging} --reason=stuck`);
    await reaches(hanging, 'dead');

    expect((await other.stop()).code).toBe(0);
    expect(other.output).not.toMatch(NOT_ALLOWED);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
