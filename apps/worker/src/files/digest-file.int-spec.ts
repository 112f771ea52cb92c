import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { digestFile } from './digest-file.js';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'digest-file-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function digest(content: Buffer, signal = new AbortController().signal) {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const file = await open(path);
  try {
    return await digestFile(file, signal);
  } finally {
    await file.close();
  }
}

it.each([0, 1, 65_536, 65_537, 131_072, 1_000_003])(
  'digests %i bytes, and keeps only their beginning',
  async (size) => {
    const content = randomBytes(size);

    const { sha256, bytes, head } = await digest(content);

    expect(sha256).toBe(createHash('sha256').update(content).digest('hex'));
    expect(bytes).toBe(size);
    expect(head.equals(content.subarray(0, 65_536))).toBe(true);
  },
);

it('stops with the reason of the signal', async () => {
  const reason = new Error('time is over');

  await expect(digest(randomBytes(10), AbortSignal.abort(reason))).rejects.toBe(reason);
});
