import { describe, expect, it } from 'vitest';
import { BenchTimes } from './bench-figures.js';

const T0 = 1_764_000_000_000_000;

describe('the times of a benchmark', () => {
  it('become rates and percentiles', () => {
    const times = new BenchTimes(1_000);
    for (let job = 0; job < 1_000; job++) {
      times.enqueue(job, T0 + job * 1_000);
      times.answer(job, T0 + job * 1_000 + (job + 1), T0 + job * 1_000 + 2 * (job + 1));
    }

    const figures = times.figures();

    expect(figures.enqueuedPerSecond).toBeCloseTo(1_000, 5);
    expect(figures.durationMs).toBe(999 + 2);
    expect(figures.donePerSecond).toBeCloseTo(1_000 / 1.001, 5);
    expect(figures.untilStart.meanMs).toBeCloseTo(0.5005, 4);
    expect(figures.untilStart).toMatchObject({ p50Ms: 0.5, p95Ms: 0.95, p99Ms: 0.99, maxMs: 1 });
    expect(figures.untilDone.maxMs).toBeCloseTo(2, 2);
  });

  it('count an answer once, also when it comes before its enqueue is known', () => {
    const times = new BenchTimes(2);
    times.answer(1, T0 + 5, T0 + 9);
    times.answer(1, T0 + 500, T0 + 900);
    times.answer(0, T0 + 5, T0 + 9);
    for (const job of [0, 1]) times.enqueue(job, T0);

    expect(times.answered).toBe(2);
    expect(times.figures().untilDone.maxMs).toBe(0.009);
  });

  it('give no figures while a job is unanswered, or its enqueue is unknown', () => {
    const times = new BenchTimes(2);
    times.enqueue(0, T0);
    times.answer(0, T0 + 1, T0 + 2);

    expect(() => times.figures()).toThrow('1 of 2 jobs were answered');
    times.answer(1, T0 + 1, T0 + 2);
    expect(() => times.figures()).toThrow('no figures');
  });

  it('survive a clock that went back', () => {
    const times = new BenchTimes(1);
    times.enqueue(0, T0);
    times.answer(0, T0 - 5_000, T0 - 4_000);

    expect(times.figures().untilStart.p50Ms).toBe(0.001);
  });
});
