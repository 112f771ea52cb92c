import { UnrecoverableJobError } from '@app/queue';
import { expect, it } from 'vitest';
import { readFileDigestPayload } from './file-digest.payload.js';

it.each(['/d/a.pdf', '/d/new\nline', `/d/quote'"`])('accepts the path %j', (path) => {
  expect(readFileDigestPayload({ path, other: 'ignored' })).toEqual({ path });
});

it.each([
  null,
  undefined,
  'text',
  7,
  {},
  { path: 7 },
  { path: '' },
  { path: 'relative/a' },
  { path: '/d/\0' },
  { path: `/${'x'.repeat(5_000)}` },
])('refuses the payload %j, for ever, with the reason', (payload) => {
  expect(() => readFileDigestPayload(payload)).toThrow(UnrecoverableJobError);
  expect(() => readFileDigestPayload(payload)).toThrow(/^invalid payload: .*path must be/);
});
