import { expect, it } from 'vitest';
import { createFilePriority } from './file-priority.js';

const queueOf = createFilePriority({ highExts: ['.pdf', '.Tar.GZ'], highQueue: 'high', defaultQueue: 'low' });

it.each([
  ['/d/a.pdf', 'high'],
  ['/d/A.PDF', 'high'],
  ['/d/x.tar.gz', 'high'],
  ['/d/x.gz', 'low'],
  ['/d.pdf/x', 'low'],
  ['/d/pdf', 'low'],
  ['/d/.pdf', 'low'],
  ['/d/a\n.pdf', 'high'],
])('%j goes to %s', (path, queue) => {
  expect(queueOf(path)).toBe(queue);
});
