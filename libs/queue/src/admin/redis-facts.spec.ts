import { expect, it } from 'vitest';
import { fullestOf } from './redis-facts.js';

const facts = (usedMemoryBytes: number, maxMemoryBytes: number) => ({
  version: '7.0.15',
  usedMemoryBytes,
  maxMemoryBytes,
  evictionPolicy: 'noeviction',
});

it('the fullest of several servers is the one that refuses jobs first', () => {
  expect(fullestOf([facts(50, 100), facts(60, 1_000), facts(9_000, 0)])).toEqual(facts(50, 100));
  expect(fullestOf([facts(10, 0), facts(30, 0), facts(20, 0)])).toEqual(facts(30, 0));
});
