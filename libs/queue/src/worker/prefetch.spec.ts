import { describe, expect, it } from 'vitest';
import { Prefetch } from './prefetch.js';

describe('Prefetch', () => {
  function after(runs: number, durationMs: number, prefetch = new Prefetch(64, 4)): Prefetch {
    for (let run = 0; run < runs; run++) prefetch.observe(durationMs);
    return prefetch;
  }

  it('claims nothing ahead before a run has shown that the handler is short', () => {
    expect(new Prefetch(64, 4).allowance).toBe(0);
  });

  it('claims no more ahead than asked for, however short the runs', () => {
    expect(after(100, 0).allowance).toBe(64);
  });

  it('claims ahead what the slots work off in 20 ms', () => {
    expect([39, 40]).toContain(after(1_000, 2).allowance);
  });

  it('claims nothing ahead for runs of 5 ms and more, and again once they are short', () => {
    const prefetch = after(100, 50);
    expect(prefetch.allowance).toBe(0);
    expect(after(100, 1, prefetch).allowance).toBe(64);
  });

  it('stops at once when a job waited too long, until runs are short again', () => {
    const prefetch = after(100, 0);
    prefetch.stop();
    expect(prefetch.allowance).toBe(0);
    expect(after(100, 0, prefetch).allowance).toBe(64);
  });

  it('is off with 0', () => {
    expect(after(100, 0, new Prefetch(0, 4)).allowance).toBe(0);
  });
});
