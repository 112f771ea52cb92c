import { describe, expect, it } from 'vitest';
import { waitForValue, waitUntil } from './wait-until.js';

describe('waitUntil', () => {
  it('returns the first truthy answer', async () => {
    const answers = [undefined, 0, 'there'];

    expect(await waitUntil(() => answers.shift())).toBe('there');
  });

  it('takes a throwing probe as "not yet"', async () => {
    let calls = 0;
    const probe = () => {
      calls += 1;
      if (calls < 3) throw new Error('down');
      return calls;
    };

    expect(await waitUntil(probe)).toBe(3);
  });

  it('fails at the deadline with the last value', async () => {
    const waiting = waitUntil(() => null, { timeoutMs: 20, what: 'the worker' });

    await expect(waiting).rejects.toThrow('the worker did not come true within 20 ms; last value null');
  });

  it('fails with the last error of a probe that only throws', async () => {
    const waiting = waitUntil(() => Promise.reject(new Error('refused')), { timeoutMs: 20 });

    await expect(waiting).rejects.toThrow(/last error Error: refused/);
  });
});

describe('waitForValue', () => {
  it('compares whole objects', async () => {
    await expect(waitForValue(() => ({ ready: 0 }), { ready: 0 })).resolves.toBeUndefined();
  });

  it('says what it saw last', async () => {
    await expect(waitForValue(() => 2, 3, { timeoutMs: 20 })).rejects.toThrow('the value 3: last seen 2');
  });
});
