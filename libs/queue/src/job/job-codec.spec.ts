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

  it('has the first line of its own, whatever was read before', () => {
    const lines = ['1 5 low a.b', '1 5 low a.bc', '1 5 low a.b 9', '1 5 low a.b'];

    const read = lines.map((line) => decodeHeader(`${line}\n{}`));

    expect(read.map((header) => [header?.kind, header?.dueAtMs])).toEqual([
      ['a.b', 5],
      ['a.bc', 5],
      ['a.b', 9],
      ['a.b', 5],
    ]);
  });

  it('holds null for a payload that is undefined', () => {
    expect(decodeRecord('id', stored(encodeRecordTail('low', 'a', undefined, {}))).payload).toBeNull();
  });

  it('is due when its first line says so, else since it was stored', () => {
    expect(decodeRecord('id', '1 1000 low a 9000\n{"payload":1}').dueAtMs).toBe(9_000);
    expect(decodeRecord('id', '1 1000 low a\n{"payload":1}').dueAtMs).toBe(1_000);
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
    ['1 5 low a\n{"payload":1,"headers":null}', 'malformed-record'],
    ['1 5 low a\n{"payload":1,"uniqueKey":7}', 'malformed-record'],
    ['1 5 low a\n{"payload":1,"maxRetries":"y"}', 'malformed-record'],
    ['1 5 low a\n{"payload":1,"timeoutMs":"x"}', 'malformed-record'],
    ['2 5 low a\n{"payload":1}', 'unknown-version'],
  ])('that cannot be read says why: %j', (record, fault) => {
    expect(() => decodeRecord('id', record)).toThrow(expect.objectContaining({ fault }) as RecordError);
  });

  it('shows its first line without its JSON', () => {
    expect(decodeHeader('3 5 low a.b\nnot json')).toMatchObject({
      version: 3,
      createdAtMs: 5,
      queue: 'low',
      kind: 'a.b',
    });
    expect(decodeHeader('1 5 low a.b')).toMatchObject({ queue: 'low', kind: 'a.b' });
    expect(decodeHeader('one two')).toBeUndefined();
  });
});
