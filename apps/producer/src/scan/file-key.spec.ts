import { expect, it } from 'vitest';
import { fileKey } from './file-key.js';

const version = { path: '/d/a', sizeBytes: 1n, mtimeNs: 1_700_000_000_123_456_789n };

it('is the same for an unchanged file, short whatever its path', () => {
  expect(fileKey('file.digest', version)).toBe(fileKey('file.digest', { ...version }));
  expect(fileKey('file.digest', { ...version, path: `/${'x'.repeat(4_000)}` })).toHaveLength(48);
});

it('changes with the kind, the path, the size and every nanosecond', () => {
  const keys = [
    fileKey('file.digest', version),
    fileKey('file.index', version),
    fileKey('file.digest', { ...version, path: '/d/b' }),
    fileKey('file.digest', { ...version, sizeBytes: 2n }),
    fileKey('file.digest', { ...version, mtimeNs: version.mtimeNs + 1n }),
  ];

  expect(new Set(keys).size).toBe(keys.length);
});
