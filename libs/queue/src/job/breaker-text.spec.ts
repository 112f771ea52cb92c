import { describe, expect, it } from 'vitest';
import { decodeBreakers, encodeBreakers } from './breaker-text.js';

describe('what a worker says of its breakers', () => {
  it('names those that are not closed, and nothing when all are', () => {
    const text = encodeBreakers(
      new Map([
        ['mail', 'open'],
        ['file', 'closed'],
        ['http', 'half-open'],
      ]),
    );

    expect(decodeBreakers(text)).toEqual({ mail: 'open', http: 'half-open' });
    expect(encodeBreakers(new Map([['file', 'closed']]))).toBe('');
  });

  it.each([null, '', 'nonsense', '{"mail":"closed","x":7}', '[]'])('is nothing when it is unreadable: %j', (text) => {
    expect(decodeBreakers(text)).toEqual({});
  });
});
