import { beforeEach, describe, expect, it } from 'vitest';
import { BreakerBoard, REFUSED } from './breaker-board.js';

const OPEN = 'k open 5 1000 - - 0 low=-';
const PROBED = 'k half-open 6 1000 w1 job-1 77 low=-';
const CLOSED = 'k closed 7 1000 - - 0 low=-';

describe('BreakerBoard', () => {
  let board: BreakerBoard;
  let changes: string[];
  let ends: { hasFailed: boolean; isProbe: boolean }[];

  beforeEach(() => {
    changes = [];
    ends = [];
    board = new BreakerBoard({
      changed: (kind, from, to) => changes.push(`${kind} ${from} ${to}`),
      ended: (hasFailed, isProbe) => ends.push({ hasFailed, isProbe }),
    });
  });

  it('lets every run in while nothing is kept of its kind, and counts how they end', () => {
    const breaker = board.of('k');
    for (const hasFailed of [true, false, true]) breaker.ended(breaker.enter(1), hasFailed);

    expect(board.takeEnded()).toEqual([{ kind: 'k', attempts: 3, failures: 2, probed: 0 }]);
    expect(board.takeEnded()).toEqual([]);
    expect(ends[0]).toEqual({ hasFailed: true, isProbe: false });
  });

  it('lets nothing in while it is open, and other kinds as before', () => {
    board.learn(OPEN, 1);

    expect(board.of('k').enter(77)).toBe(REFUSED);
    expect(board.of('other').enter(77)).not.toBe(REFUSED);
  });

  it('does not go back to what was, when two replies of one millisecond overtake each other', () => {
    board.learn(OPEN, 1);

    const isNew = [board.learn('', 1), board.learn(OPEN.replace(' 5 ', ' 4 '), 1)];

    expect(isNew).toEqual([false, false]);
    expect(board.learn(PROBED, 1)).toBe(true);
    expect(changes).toEqual(['k closed open', 'k open half-open']);
  });

  it('lets the one claim in that is the probe, and tells its end for the half-open time it was made in', () => {
    board.learn(PROBED, 1);
    const breaker = board.of('k');

    expect(breaker.enter(78)).toBe(REFUSED);
    breaker.ended(breaker.enter(77), true);

    expect(ends).toEqual([{ hasFailed: true, isProbe: true }]);
    expect(board.takeEnded()).toEqual([{ kind: 'k', attempts: 1, failures: 1, probed: 6 }]);
  });

  it('does not count runs that began before a change, nor what was not told before it', () => {
    const breaker = board.of('k');
    const early = breaker.enter(1);
    breaker.ended(breaker.enter(2), true);

    board.learn(OPEN, 1);
    breaker.ended(early, true);
    board.learn('', 2);
    breaker.ended(early, true);

    expect(board.takeEnded()).toEqual([]);
    expect(breaker.enter(3)).not.toBe(REFUSED);
  });

  it('lets runs in while parked jobs are given back, which is no change once all are', () => {
    board.learn(OPEN, 1);
    board.learn(CLOSED, 2);
    const breaker = board.of('k');
    const ticket = breaker.enter(1);
    board.learn('', 3);

    breaker.ended(ticket, false);

    expect(board.takeEnded()).toEqual([{ kind: 'k', attempts: 1, failures: 0, probed: 0 }]);
    expect(changes).toEqual(['k closed open', 'k open closed']);
  });

  it('tells of a trip once, and of each that follows a probe it did not see', () => {
    board.learn(OPEN, 1);
    board.learn(`${OPEN.slice(0, -1)}x`, 2);
    board.learn(OPEN.replace(' 5 ', ' 9 '), 3);

    expect(changes).toEqual(['k closed open', 'k half-open open']);
  });

  it('does not take a late reply for news, but one from a clock that went back', () => {
    board.learn(OPEN, 100_000);

    expect(board.learn('', 99_000)).toBe(false);
    expect(board.of('k').state).toBe('open');
    expect(board.learn('', 80_000)).toBe(true);
    expect(board.of('k').state).toBe('closed');
  });
});
