import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Beginnings by which a content is known, or texts. */
const KINDS = [
  { ext: 'pdf', head: Buffer.from('%PDF-1.7\n') },
  { ext: 'png', head: Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex') },
  { ext: 'txt', head: Buffer.from('plain text\n') },
  { ext: 'csv', head: Buffer.from('id,name\n1,ä\n') },
  { ext: 'json', head: Buffer.from('{"a": [1, 2, 3]}\n') },
  { ext: 'html', head: Buffer.from('<!doctype html><p>hello\n') },
  { ext: 'bin', head: Buffer.from([0, 1, 2, 3]) },
  { ext: 'zip', head: Buffer.from('504b0506', 'hex') },
] as const;
const ODD_NAMES = ['new\nline.txt', `quo"te's.txt`, 'back\\slash.txt', ' leading space', '-dash.txt', 'ünï🎉.txt'];
const LARGE_BYTES = 3_000_001;
const MEDIUM_BYTES = 40_000;

/** What was written: paths of the files the producer is to find, and how many it is to leave out. */
export interface SampleTree {
  readonly taken: readonly string[];
  readonly high: number;
  readonly excluded: number;
}

/**
 * `count` files of mixed kinds, sizes and depths that a default scan takes, one in ten besides that it excludes. All are
 * readable by everybody.
 */
export function writeSampleTree(root: string, count: number): SampleTree {
  const taken = Array.from({ length: count }, (_, index) => placeOf(index)).map((place, index) =>
    write(join(root, place), contentOf(index)),
  );
  const excluded = Math.floor(count / 10);
  for (let index = 0; index < excluded; index += 1)
    write(join(root, `d${index % 7}`, `half-${index}.tmp`), Buffer.alloc(9));
  const high = taken.filter((path) => /\.(pdf|zip)$/.test(path)).length;
  return { taken, high, excluded };
}

function placeOf(index: number): string {
  const name = ODD_NAMES[index] ?? `file-${index}.${kindOf(index).ext}`;
  return join(...[`d${index % 7}`, `e${index % 3}`, `f${index % 5}`].slice(0, index % 4), name);
}

function contentOf(index: number): Buffer {
  const { head } = kindOf(index);
  const size = index % 500 === 7 ? LARGE_BYTES : index % 11 === 0 ? MEDIUM_BYTES : index % 97;
  return Buffer.concat([head, Buffer.alloc(size, `${index} `)]);
}

function kindOf(index: number) {
  return KINDS[index % KINDS.length]!;
}

function write(path: string, content: Buffer): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  chmodSync(path, 0o644);
  return path;
}
