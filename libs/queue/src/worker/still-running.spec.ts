import { expect, it } from 'vitest';
import { StillRunning } from './still-running.js';

it('rule 11: a job still runs until every handler that was left running has ended', () => {
  const stillRunning = new StillRunning();
  stillRunning.add('a');
  stillRunning.add('a');

  const states = [1, 2, 3].map(() => {
    stillRunning.remove('a');
    return stillRunning.has('a');
  });

  expect(states).toEqual([true, false, false]);
  expect(stillRunning.size).toBe(0);
});
