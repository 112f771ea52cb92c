import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Ledger, readLedger } from './ledger.js';

describe('Ledger', () => {
  let dir: string;
  let path: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'ledger-'));
    path = join(dir, 'ledger.ndjson');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('joins the lines of several writers in the order of their clock', () => {
    const [first, second] = [new Ledger(path), new Ledger(path)];

    first.write({ what: 'start', jobId: 'a', workerId: 'w1', attempt: 1 });
    second.write({ what: 'frozen', subject: 7 });
    first.write({ what: 'end', jobId: 'a', workerId: 'w1' });

    const lines = readLedger(path);
    expect(lines.map(({ what }) => what)).toEqual(['start', 'frozen', 'end']);
    expect(lines.every(({ pid }) => pid === process.pid)).toBe(true);
    expect(lines[0]!.atMs).toBeLessThan(lines[2]!.atMs);
  });

  it('refuses a ledger with a torn line', () => {
    appendFileSync(path, '{"what":"sta\n');

    expect(() => readLedger(path)).toThrow(`${path}:1: torn ledger line`);
  });
});
