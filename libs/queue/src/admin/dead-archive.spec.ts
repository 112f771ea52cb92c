import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partitionOf } from '../redis/queue-keys.js';
import { decodeArchived, encodeArchived } from './dead-archive.js';

const bytes = fc.oneof(fc.uint8Array({ minLength: 1 }), fc.string({ unit: 'binary', minLength: 1 }).map(Buffer.from));
const death = fc.record({
  partition: fc.nat(2),
  id: bytes.map((value) => Buffer.from(value)),
  diedAt: fc.oneof(fc.nat().map(String), fc.constant('1764000000123.5')),
  record: fc.option(bytes.map((value) => Buffer.from(value))),
  history: fc.option(bytes.map((value) => Buffer.from(value))),
});

describe('a line of an export', () => {
  it('brings back every byte of what was stored, on one line', () => {
    fc.assert(
      fc.property(death, (stored) => {
        const line = encodeArchived(stored, 3);

        expect(line).not.toContain('\n');
        expect(decodeArchived(line, 3)).toEqual(stored);
      }),
    );
  });

  it('says what people look for', () => {
    const record = Buffer.from('1 5 high mail.send\n{"payload":1}');
    const history = Buffer.from('1 5 unrecoverable 1 0 0 0\n[]');

    const line = encodeArchived({ partition: 0, id: Buffer.from('a'), diedAt: '7', record, history }, 1);

    expect(JSON.parse(line)).toMatchObject({ id: 'a', queue: 'high', kind: 'mail.send', reason: 'unrecoverable' });
  });

  it('goes where its unique key, else its id belongs, when the partitions are others by now', () => {
    const line = (record: string) =>
      encodeArchived(
        { partition: 0, id: Buffer.from('a'), diedAt: '7', record: Buffer.from(record), history: null },
        1,
      );

    expect(decodeArchived(line('1 5 low k\n{"payload":1,"uniqueKey":"u"}'), 7).partition).toBe(partitionOf('u', 7));
    expect(decodeArchived(line('1 5 low k\n{"payload":1}'), 7).partition).toBe(partitionOf('a', 7));
    expect(decodeArchived(line('garbage'), 7).partition).toBe(partitionOf('a', 7));
  });

  const whole = {
    version: 1,
    id: 'a',
    diedAt: '7',
    partition: 0,
    partitions: 1,
    record: null,
    history: null,
  };
  it.each([
    ['not json', 'is not JSON'],
    ['[]', 'is no object'],
    [JSON.stringify({ ...whole, version: 2 }), 'version: found 2, expected 1'],
    [JSON.stringify({ ...whole, id: '' }), 'id: found ""'],
    [JSON.stringify({ ...whole, id: undefined }), 'id: found nothing'],
    [JSON.stringify({ ...whole, diedAt: 7 }), 'diedAt: found 7'],
    [JSON.stringify({ ...whole, diedAt: '-inf' }), 'diedAt: found "-inf"'],
    [JSON.stringify({ ...whole, record: { base64: '*' } }), 'record: found {"base64":"*"}'],
    [JSON.stringify({ ...whole, record: undefined }), 'record: found nothing'],
    [`{"version":1,"id":"\\ud800","diedAt":"7","record":null,"history":null}`, 'id: found'],
  ])('is refused when it is none: %s', (line, message) => {
    expect(() => decodeArchived(line, 1)).toThrow(message);
  });
});
