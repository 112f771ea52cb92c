import { describe, expect, it } from 'vitest';
import { decodeCancelRequest, encodeCancelEntry } from './cancel-request.js';

describe('a cancel request', () => {
  it('is a trail entry without its time, on one line', () => {
    const entry = encodeCancelEntry({ by: 'ops@web', reason: 'two\nlines and "quotes"' });

    expect(entry).not.toContain('\n');
    expect(JSON.parse(`{"atMs":1,${entry}`)).toEqual({
      atMs: 1,
      workerId: '',
      what: 'cancelled',
      summary: 'cancelled by ops@web: two lines and "quotes"',
    });
  });

  it('is short, whatever the reason is', () => {
    const { summary } = decodeCancelRequest(`7 ${encodeCancelEntry({ by: 'ops', reason: 'x'.repeat(5_000) })}`);

    expect(summary).toHaveLength(200);
  });

  it('is read back with the claim it is for', () => {
    const text = `1764000000000001 ${encodeCancelEntry({ by: 'ops', reason: '' })}`;

    expect(decodeCancelRequest(text)).toEqual({ number: 1_764_000_000_000_001, summary: 'cancelled by ops' });
  });

  it.each(['', 'nonsense', '7 {', '7 "summary":7}'])('says little when it is unreadable: %j', (text) => {
    expect(decodeCancelRequest(text).summary).toBe('cancelled');
  });
});
