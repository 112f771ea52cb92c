import { describe, expect, it } from 'vitest';
import { InvalidPayloadError } from '../errors/invalid-payload.error.js';
import { decodeHeader, decodeRecord, encodeRecordTail, RecordError } from './job-codec.js';

const stored = (tail: string, createdAtMs = 1_000) => `1 ${createdAtMs} ${tail}`;

describe('a record', () => {
  it('gives back the job it was made of', () => {
    const options = { headers: { trace: 'x' }, uniqueKey: 'k', maxRetries: 2, timeoutMs: 5 };

    const job = decodeRecord('id', stored(encodeRecordTail('low', 'a.b', { text: 'é\n"' }, options)));

    expect(job).toEqual({
      id: 'id',
      kind: 'a.b',
      queue: 'low',
      createdAtMs: 1_000,
      dueAtMs: 1_000,
      payload: { text: 'é\n"' },
      ...options,
    });
  });

  it('holds null for a payload that is undefined', () => {
    expect(decodeRecord('id', stored(encodeRecordTail('low', 'a', undefined, {}))).payload).toBeNull();
  });

  it.each([
    [{ delayMs: 500 }, 1_500],
    [{ runAtMs: 9_000 }, 9_000],
    [{ runAtMs: 10 }, 1_000],
    [{}, 1_000],
  ])('is due as its producer wanted, never before it was stored: %j', (options, dueAtMs) => {
    expect(decodeRecord('id', stored(encodeRecordTail('low', 'a', 1, options))).dueAtMs).toBe(dueAtMs);
  });

  it('refuses a payload that is not JSON', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;

    expect(() => encodeRecordTail('low', 'a', cycle, {})).toThrow(InvalidPayloadError);
    expect(() => encodeRecordTail('low', 'a', 1n, {})).toThrow(InvalidPayloadError);
  });

  it.each([
    [null, 'record-missing'],
    ['', 'record-missing'],
    ['garbage', 'malformed-record'],
    ['1 5 low\n{"payload":1}', 'malformed-record'],
    ['1 5 low a\n{"payload":', 'malformed-record'],
    ['1 5 low a\n{}', 'malformed-record'],
    ['1 5 low a\nnull', 'malformed-record'],
    ['1 5 low a', 'malformed-record'],
    ['2 5 low a\n{"payload":1}', 'unknown-version'],
  ])('that cannot be read says why: %j', (record, fault) => {
    expect(() => decodeRecord('id', record)).toThrow(expect.objectContaining({ fault }) as RecordError);
  });

  it('shows its first line without its JSON', () => {
    expect(decodeHeader('3 5 low a.b\nnot json')).toEqual({ version: 3, createdAtMs: 5, queue: 'low', kind: 'a.b' });
    expect(decodeHeader('1 5 low a.b')).toMatchObject({ queue: 'low', kind: 'a.b' });
    expect(decodeHeader('one two')).toBeUndefined();
  });
});
