import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { expect, it } from 'vitest';
import { FileDigestPayload } from './file-digest.payload.js';

const faultsOf = (payload: object) => validateSync(plainToInstance(FileDigestPayload, payload));

it.each(['/d/a.pdf', '/d/new\nline', `/d/quote'"`])('accepts the path %j', (path) => {
  expect(faultsOf({ path })).toEqual([]);
});

it.each([{}, { path: 7 }, { path: '' }, { path: 'relative/a' }, { path: '/d/\0' }, { path: `/${'x'.repeat(5_000)}` }])(
  'refuses the payload %j',
  (payload) => {
    expect(faultsOf(payload)).toMatchObject([{ property: 'path' }]);
  },
);
