import { describe, expect, it } from 'vitest';
import { BENCH_KIND, benchRecordTail, readBenchAddress } from './bench-job.js';
import { decodeRecord } from './job-codec.js';
import { isKind } from './job-rules.js';

const address = { runId: '0123456789abcdef', deadlineMs: 1_764_000_000_000 };

describe('a job of a benchmark', () => {
  it('has a kind that no producer may enqueue and no handler may take', () => {
    expect(isKind(BENCH_KIND)).toBe(false);
  });

  it('carries its address and a payload of the size asked for', () => {
    const job = decodeRecord('b-1', `1 5 ${benchRecordTail('low', address, 300)}`);

    expect(job).toMatchObject({ kind: BENCH_KIND, queue: 'low', createdAtMs: 5 });
    expect(readBenchAddress(job.payload)).toEqual(address);
    expect((job.payload as { padding: string }).padding).toHaveLength(300);
  });

  it.each([
    null,
    'text',
    {},
    { ...address, runId: '../other' },
    { ...address, runId: 7 },
    { ...address, deadlineMs: '1' },
    { ...address, deadlineMs: 1e300 },
  ])('has no address when somebody else wrote it: %j', (payload) => {
    expect(readBenchAddress(payload)).toBeUndefined();
  });
});
