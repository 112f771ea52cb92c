import { expect, it } from 'vitest';
import { fileKey } from './file-key.js';
import { KnownFiles } from './known-files.js';

const keyOf = (index: number) => fileKey('file.digest', { path: `/d/${index}`, sizeBytes: 1n, mtimeNs: 1n });

it('knows what was added, and nothing else', () => {
  const known = new KnownFiles();
  for (let index = 0; index < 1_000; index += 1) known.add(keyOf(index));

  const indexes = Array.from({ length: 2_000 }, (_, index) => index);
  const found = indexes.filter((index) => known.has(keyOf(index)));

  expect(found.every((index) => index < 1_000)).toBe(true);
  expect(found.length).toBeGreaterThan(990); // two may meet in a slot
});
