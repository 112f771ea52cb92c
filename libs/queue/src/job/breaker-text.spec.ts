import { describe, expect, it } from 'vitest';
import { decodeBreakers } from './breaker-text.js';

describe('decodeBreakers', () => {
  it('reads a breaker of each state, as the scripts write them', () => {
    const text = [
      'a.b closed 5 6 - - 0 low=job:7',
      'http.request half-open 8 9 web-7-1 job-1 10 high=-,low=-',
      'mail.send open 11 12 - - 0 -',
    ].join('\n');

    expect(decodeBreakers(text)).toEqual([
      { kind: 'a.b', state: 'closed', number: 5, atMs: 6, probe: undefined, queues: ['low'] },
      {
        kind: 'http.request',
        state: 'half-open',
        number: 8,
        atMs: 9,
        probe: { workerId: 'web-7-1', claim: 10 },
        queues: ['high', 'low'],
      },
      { kind: 'mail.send', state: 'open', number: 11, atMs: 12, probe: undefined, queues: [] },
    ]);
  });

  it.each(['', 'nonsense', 'mail.send ajar 1 2 - - 0 -'])('says nothing of what it cannot read: "%s"', (text) => {
    expect(decodeBreakers(text)).toEqual([]);
  });
});
