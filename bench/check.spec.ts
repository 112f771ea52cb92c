import { describe, expect, it } from 'vitest';
import { grossLosses } from './check.mjs';

const entry = (id: string, figure: string, median: number) => ({
  id,
  title: id,
  figure,
  ratio: { min: median, median, max: median },
});

describe('grossLosses', () => {
  const recorded = [entry('process-64', 'perSecond', 5), entry('bytes', 'bytes', 0.45)];

  it('is silent at half of the recorded ratio, and at what was never recorded', () => {
    const now = [entry('process-64', 'perSecond', 2.5), entry('bytes', 'bytes', 0.9), entry('new', 'perSecond', 0.1)];
    expect(grossLosses(now, recorded)).toEqual([]);
  });

  it('names a speed that is less than half', () => {
    expect(grossLosses([entry('process-64', 'perSecond', 2)], recorded)).toEqual([
      'process-64: 2.00 × BullMQ, recorded 5.00, which is 2.5 times worse',
    ]);
  });

  it('names a memory that is more than twice', () => {
    expect(grossLosses([entry('bytes', 'bytes', 1.35)], recorded)).toEqual([
      'bytes: 1.35 × BullMQ, recorded 0.45, which is 3.0 times worse',
    ]);
  });
});
