import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@app/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Child, type ChildListener } from './child.js';
import { describeExit } from './child-exit.js';
import { Supervisor } from './supervisor.js';

// Small programs: each says "up" when it listens for signals.
const PROGRAMS = {
  good: `process.on('SIGTERM', () => process.exit(0)); process.send('up'); setInterval(() => {}, 1000);`,
  failsAtEnd: `process.on('SIGTERM', () => process.exit(7)); process.send('up'); setInterval(() => {}, 1000);`,
  deaf: `process.on('SIGTERM', () => {}); process.send('up'); setInterval(() => {}, 1000);`,
  plain: `process.send('up'); setInterval(() => {}, 1000);`,
  crashes: `process.send('up', () => process.exit(3));`,
  refuses: `process.exit(2);`,
  counts: `let n = 0; process.on('SIGTERM', () => { n += 1; setTimeout(() => process.exit(n === 1 ? 0 : 9), 100); }); process.send('up'); setInterval(() => {}, 1000);`,
};

describe('Supervisor', () => {
  let folder: string;
  let heard: string[];
  let supervisor: Supervisor;

  const listener: ChildListener = {
    onReport: (child, message) => heard.push(`${child}: ${String(message)}`),
    onCrash: (child, exit, delayMs) => heard.push(`${child}: crashed, ${describeExit(exit)}, again in ${delayMs} ms`),
    onRefusal: (child, exit) => heard.push(`${child}: refused, ${describeExit(exit)}`),
  };
  const child = (name: keyof typeof PROGRAMS) =>
    new Child(
      name,
      { file: join(folder, `${name}.mjs`), args: [], env: process.env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
      listener,
    );
  const start = async (...names: (keyof typeof PROGRAMS)[]) => {
    const children = names.map(child);
    supervisor = new Supervisor(children);
    supervisor.start();
    for (const name of names) if (name !== 'refuses') await waitUntil(() => heard.includes(`${name}: up`));
    return children;
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'supervisor-'));
    for (const [name, source] of Object.entries(PROGRAMS)) writeFileSync(join(folder, `${name}.mjs`), source);
  });
  beforeEach(() => {
    heard = [];
  });
  afterEach(() => supervisor.killAll());
  afterAll(() => rmSync(folder, { recursive: true }));

  it('ends with 0 when every child ends well', async () => {
    await start('good', 'plain');

    expect(await supervisor.drain('SIGTERM', 5_000)).toBe(0);
  });

  it('ends with the exit code of the child that does not', async () => {
    await start('good', 'failsAtEnd');

    expect(await supervisor.drain('SIGTERM', 5_000)).toBe(7);
  });

  it('kills a child that does not end in time, which is a failure', async () => {
    await start('deaf');

    expect(await supervisor.drain('SIGTERM', 100)).toBe(137);
  });

  it('passes a signal on once, however often it is asked', async () => {
    await start('counts');

    const codes = await Promise.all([supervisor.drain('SIGTERM', 5_000), supervisor.drain('SIGTERM', 5_000)]);

    expect(codes).toEqual([0, 0]);
  });

  it('starts a crashed child again, later each time', async () => {
    await start('crashes');

    await waitUntil(() => heard.includes('crashes: crashed, exit code 3, again in 1000 ms'));

    expect(heard.slice(0, 3)).toEqual(['crashes: up', 'crashes: crashed, exit code 3, again in 500 ms', 'crashes: up']);
  });

  it('does not start a child again while it drains', async () => {
    await start('crashes');
    await waitUntil(() => heard.length >= 2);

    expect(await supervisor.drain('SIGTERM', 5_000)).toBe(0);
    expect(heard).toHaveLength(2);
  });

  it('gives up on a child that refuses its configuration', async () => {
    await start('refuses');

    await waitUntil(() => heard.includes('refuses: refused, exit code 2'));
    expect(await supervisor.drain('SIGTERM', 5_000)).toBe(0);
  });

  it('keeps its children out of the group that Ctrl-C reaches', async () => {
    const [good] = await start('good');

    expect(groupOf(good!.pid!)).not.toBe(groupOf(process.pid));
  });
});

function groupOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]!;
}
