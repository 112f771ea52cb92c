import { SnoozeJobError, UnrecoverableJobError } from '@app/queue';
import { expect, it } from 'vitest';
import { judgeAnswer, MAX_SNOOZE_MS } from './verdict.js';

const NOW_MS = Date.parse('2026-03-01T10:00:00Z');

function thrownBy(status: number, retryAfter?: string): unknown {
  try {
    judgeAnswer({ status, body: 'why', truncated: false, ...(retryAfter && { retryAfter }) }, 'http://a/b', NOW_MS);
    return undefined;
  } catch (error) {
    return error;
  }
}

it.each([200, 201, 204, 299])('takes %i as done', (status) => {
  expect(thrownBy(status)).toBeUndefined();
});

it.each([301, 302, 307, 308, 304, 400, 401, 404, 410, 422])('never tries again after %i', (status) => {
  expect(thrownBy(status)).toBeInstanceOf(UnrecoverableJobError);
});

it.each([500, 502, 504, 429, 503])('counts %i without Retry-After as a failed attempt', (status) => {
  const error = thrownBy(status);

  expect(error).toMatchObject({ name: 'Error', message: `http://a/b answered ${status}: why` });
});

it.each([
  ['120', 120_000],
  ['0', 1_000],
  ['999999', MAX_SNOOZE_MS],
  ['Sun, 01 Mar 2026 10:00:30 GMT', 30_000],
  ['Sun, 01 Mar 2020 10:00:00 GMT', 1_000],
  ['Sun, 01 Mar 2099 10:00:00 GMT', MAX_SNOOZE_MS],
])('postpones as Retry-After: %s says, within bounds', (retryAfter, delayMs) => {
  for (const status of [429, 503]) {
    const error = thrownBy(status, retryAfter);

    expect(error).toBeInstanceOf(SnoozeJobError);
    expect(error).toMatchObject({ delayMs });
  }
});

it.each(['soon', '-5', '1e3'])('ignores Retry-After: %s, which says nothing', (retryAfter) => {
  const error = thrownBy(503, retryAfter);

  expect(error).not.toBeInstanceOf(SnoozeJobError);
});
