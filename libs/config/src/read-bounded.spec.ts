import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readBounded } from './read-bounded.js';

describe('readBounded', () => {
  const folder = mkdtempSync(join(tmpdir(), 'read-bounded-'));
  const file = join(folder, 'secret');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('gives the text of a file up to the limit', () => {
    writeFileSync(file, 'grün');

    expect(readBounded(file, 5)).toBe('grün');
    expect(() => readBounded(file, 4)).toThrow(new RangeError('it has more than 4 bytes'));
  });

  it('ends at a device without an end', () => {
    expect(() => readBounded('/dev/zero', 1_000)).toThrow(RangeError);
  });

  it('takes an empty file, and tells of one that is not there', () => {
    expect(readBounded('/dev/null', 10)).toBe('');
    expect(() => readBounded(join(folder, 'absent'), 10)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});
