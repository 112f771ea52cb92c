import { expect, it } from 'vitest';
import { PendingPaths } from './pending-paths.js';

it('gives each path once, at once, however often it changed', () => {
  const pending = new PendingPaths(1_000);
  for (const path of ['/a', '/b', '/a']) pending.add(path);

  expect(pending.takeDue(0, 10)).toEqual([
    { path: '/a', seen: undefined },
    { path: '/b', seen: undefined },
  ]);
  expect(pending.takeDue(0, 10)).toEqual([]);
});

it('gives it again when its time has come, with what was seen, and before newer ones', () => {
  const pending = new PendingPaths(1_000);
  pending.lookAgain('/a', 'v1', 5_000);
  pending.add('/a');
  pending.add('/b');

  expect(pending.takeDue(5_999, 10)).toEqual([{ path: '/b', seen: undefined }]);
  pending.add('/c');
  expect(pending.takeDue(6_000, 1)).toEqual([{ path: '/a', seen: 'v1' }]);
  expect(pending.size).toBe(1);
});

it('takes a path that was hinted at again meanwhile as one', () => {
  const pending = new PendingPaths(10);
  pending.add('/a');
  pending.takeDue(0, 1);
  pending.add('/a');
  pending.lookAgain('/a', 'v1', 0);

  expect(pending.size).toBe(1);
  expect(pending.takeDue(10, 5)).toEqual([{ path: '/a', seen: 'v1' }]);
});

it('says that it dropped some when it is full', () => {
  const pending = new PendingPaths(10, 2);
  for (const path of ['/a', '/b', '/b']) pending.add(path);
  expect(pending.takeOverflow()).toBe(false);

  pending.add('/c');

  expect(pending.size).toBe(2);
  expect([pending.takeOverflow(), pending.takeOverflow()]).toEqual([true, false]);
});
