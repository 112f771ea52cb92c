import { describe, expect, it } from 'vitest';
import { toLogError } from './log-error.js';

describe('toLogError', () => {
  it('takes class, code, message, stack and cause, and no other property', () => {
    const cause = new TypeError('inner');
    const error = Object.assign(new Error('outer', { cause }), {
      code: 'ECONNREFUSED',
      command: { name: 'set', args: ['key', 'a payload'] },
      password: 'hunter2',
    });

    const shown = toLogError(error);

    expect(Object.keys(shown).toSorted()).toEqual(['cause', 'code', 'message', 'stack', 'type']);
    expect(shown).toMatchObject({
      type: 'Error',
      code: 'ECONNREFUSED',
      message: 'outer',
      cause: { type: 'TypeError' },
    });
    expect(JSON.stringify(shown)).not.toMatch(/payload|hunter2/);
  });

  it('limits message and stack', () => {
    const shown = toLogError(new Error('ü'.repeat(20_000)));

    expect(Buffer.byteLength(shown.message)).toBeLessThanOrEqual(4_096);
    expect(Buffer.byteLength(shown.stack ?? '')).toBeLessThanOrEqual(8_192);
  });

  it('ends a chain of causes that never ends', () => {
    const error = new Error('round');
    error.cause = error;

    expect(JSON.stringify(toLogError(error)).match(/round/g)?.length).toBeLessThan(10);
  });

  it.each([
    ['text', { type: 'thrown string', message: 'text' }],
    [undefined, { type: 'thrown undefined', message: 'undefined' }],
    [null, { type: 'thrown null', message: 'null' }],
    [{ secret: 1 }, { type: 'thrown object', message: '(an object, not shown)' }],
  ])('describes the thrown %j', (thrown, shown) => {
    expect(toLogError(thrown)).toEqual(shown);
  });
});
