import { describe, expect, it } from 'vitest';
import { checkNewJob } from './job-rules.js';
import { uuidV7 } from './job-id.js';

describe('uuidV7', () => {
  const random = Buffer.from(Array.from({ length: 20 }, (_, at) => 200 + at)).toString('hex');

  it('is a UUID of version 7: time, version, variant, random bytes', () => {
    const id = uuidV7(0x0123_4567_89ab, random);

    expect(id).toBe('01234567-89ab-7c8c-9cac-bcccdcecfd0d');
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('sorts by time', () => {
    const ids = [5, 5_000, 1_700_000_000_000].map((nowMs) => uuidV7(nowMs, random));

    expect([...ids].sort()).toEqual(ids);
  });

  it('takes its random part from the offset it is given', () => {
    expect(uuidV7(1, random, 20)).not.toBe(uuidV7(1, random));
    expect(uuidV7(1, random, 20)).toBe(uuidV7(1, random.slice(20)));
  });

  it('may be the id of a job', () => {
    expect(() => checkNewJob('a', { id: uuidV7(1, random) }, ['low'])).not.toThrow();
  });
});
