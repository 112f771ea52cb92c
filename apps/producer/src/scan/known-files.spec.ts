import { expect, it } from 'vitest';
import { fileKey } from './file-key.js';
import { KnownFiles } from './known-files.js';

const keyOf = (index: number) => fileKey('file.digest', { path: `/d/${index}`, sizeBytes: 1n, mtimeNs: 1n });
const keys = Array.from({ length: 20_000 }, (_, index) => keyOf(index));

it('knows each of 10,000 that were added, and nothing else', () => {
  const known = new KnownFiles();

  for (const key of keys.slice(0, 10_000)) known.add(key);

  expect(keys.filter((key) => known.has(key))).toEqual(keys.slice(0, 10_000));
});

it('forgets the oldest when it is full, and adding one again makes no other forgotten', () => {
  const known = new KnownFiles(4);
  for (const key of keys.slice(0, 4)) known.add(key);

  known.add(keys[3]!);
  expect(keys.filter((key) => known.has(key))).toEqual(keys.slice(0, 4));
  known.add(keys[4]!);

  expect(keys.filter((key) => known.has(key))).toEqual(keys.slice(1, 5));
});
