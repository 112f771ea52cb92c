import { describe, expect, it } from 'vitest';
import { describeFailure, summarise } from './failure.js';

describe('describeFailure', () => {
  it('keeps class, message and stack of an error', () => {
    const error = new TypeError('no such thing');

    expect(describeFailure(error)).toMatchObject({
      errorClass: 'TypeError',
      message: 'no such thing',
      stack: error.stack,
    });
  });

  it.each([
    [undefined, 'thrown undefined', 'the handler threw undefined in place of an error'],
    [null, 'thrown null', 'the handler threw null in place of an error'],
    ['text', 'thrown string', 'text'],
    [{ code: 7 }, 'thrown object', '{"code":7}'],
    [7n, 'thrown bigint', '7'],
    [Symbol('s'), 'thrown symbol', 'Symbol(s)'],
    ['', 'thrown string', '(no message)'],
    [new Error(''), 'Error', '(no message)'],
    [Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'Error', 'ECONNREFUSED'],
    [Object.assign(new Error('x'), { name: 7, message: 42, stack: null }), '7', '42'],
    [new Error('fetch failed', { cause: new Error('connect refused') }), 'Error', 'fetch failed (connect refused)'],
  ])('describes whatever was thrown: %s', (thrown, errorClass, message) => {
    expect(describeFailure(thrown)).toMatchObject({ errorClass, message });
  });

  it('tells failures apart that differ in one thing from the one before', () => {
    const at = (stack: string, message = 'no') => Object.assign(new Error(message), { stack });
    const [first, otherStack, again, otherMessage] = [
      at('Error: no\n    at a'),
      at('Error: no\n    at b'),
      at('Error: no\n    at a'),
      at('Error: no\n    at a', 'yes'),
    ].map(describeFailure);

    expect(otherStack!.fingerprint).not.toBe(first!.fingerprint);
    expect(again).toEqual(first);
    expect(otherMessage).toMatchObject({ message: 'yes', stack: first!.stack });
  });

  it('survives what throws when it is looked at', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const hostile = new Error('x');
    Object.defineProperty(hostile, 'message', {
      get: () => {
        throw new Error('no');
      },
    });
    const circular = new Error('round');
    circular.cause = circular;

    expect(describeFailure(proxy).message).toBe('a value that cannot be shown');
    expect(describeFailure(hostile).message).toBe('(no message)');
    expect(describeFailure(circular).message).toBe('round');
  });

  it('bounds what it keeps', () => {
    const { message, stack } = describeFailure(new Error('x'.repeat(100_000)));

    expect([message.length, stack.length]).toEqual([4_096, 8_192]);
  });

  it('gives one fingerprint to failures that differ in numbers and quoted parts only', () => {
    const fail = (message: string) =>
      describeFailure(Object.assign(new Error(message), { stack: undefined })).fingerprint;

    expect(fail('no file "a.txt" after 5 ms')).toBe(fail('no file "b.txt" after 71 ms'));
    expect(fail('job 0189f3c2-7b1e gone')).toBe(fail('job 018a0000-ffff gone'));
    expect(fail('no file')).not.toBe(fail('no directory'));
  });

  it('tells failures of other classes and other places apart', () => {
    const error = new Error('no');
    const type = new TypeError('no');
    const elsewhere = new Error('no');

    const fingerprints = [error, type, elsewhere].map((thrown) => describeFailure(thrown).fingerprint);

    expect(new Set(fingerprints).size).toBe(3);
  });
});

describe('summarise', () => {
  it('says class and message on one line of at most 200 characters', () => {
    const failure = describeFailure(new RangeError(`first\n  second ${'x'.repeat(300)}`));

    expect(summarise(failure)).toMatch(/^RangeError: first second x+…$/);
    expect(summarise(failure)).toHaveLength(200);
  });
});
