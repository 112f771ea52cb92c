import { describe, expect, it } from 'vitest';
import { accessWith, describeAccess, isDestructive, SCOPES } from './scopes.js';

const SHOW = { usual: 'admin:read', payload: 'admin:peek' } as const;

describe('the scope of a command', () => {
  it('is the declared one, whatever the options', () => {
    expect(accessWith('admin:dlq', { dryRun: true })).toBe('admin:dlq');
    expect(accessWith('none', {})).toBe('none');
  });

  it('is another one with a flag that is given', () => {
    expect(accessWith(SHOW, {})).toBe('admin:read');
    expect(accessWith(SHOW, { payload: false })).toBe('admin:read');
    expect(accessWith(SHOW, { payload: true })).toBe('admin:peek');
  });

  it('is told in one line', () => {
    expect(describeAccess('admin:dlq')).toBe('admin:dlq');
    expect(describeAccess(SHOW)).toBe('admin:read; with --payload: admin:peek');
  });

  it('says what must not happen unguarded: all but looking and measuring', () => {
    expect(SCOPES.filter(isDestructive)).toEqual(['admin:dlq', 'admin:queue', 'admin:repair', 'admin:purge']);
  });
});
