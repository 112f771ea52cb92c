import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { FlightGate } from './flight-gate.js';

/** Batches that end when they are told to. */
function flights(gate: FlightGate) {
  const under: number[] = [];
  const ends = new Map<number, () => void>();
  const start = (count: number) =>
    gate.pass(count, () => {
      under.push(count);
      return new Promise<void>((resolve) => ends.set(count, resolve));
    });
  const end = async (count: number) => {
    ends.get(count)!();
    await nextTurn();
  };
  return { under, start, end };
}

it('lets in what there is room for, first come, first served', async () => {
  const { under, start, end } = flights(new FlightGate(10));
  for (const count of [6, 3, 5, 1]) void start(count);

  expect(under).toEqual([6, 3]); // 1 has room, but comes after 5
  await end(3);
  expect(under).toEqual([6, 3]);
  await end(6);
  expect(under).toEqual([6, 3, 5, 1]);
});

it('lets a batch that is larger than all of it pass alone', async () => {
  const { under, start, end } = flights(new FlightGate(10));
  for (const count of [1, 20, 2]) void start(count);

  expect(under).toEqual([1]);
  await end(1);
  expect(under).toEqual([1, 20]);
  await end(20);
  expect(under).toEqual([1, 20, 2]);
});

it('makes room after a failure, too', async () => {
  const gate = new FlightGate(1);

  await expect(gate.pass(1, () => Promise.reject(new Error('no')))).rejects.toThrow('no');

  expect(await gate.pass(1, () => Promise.resolve('yes'))).toBe('yes');
});
