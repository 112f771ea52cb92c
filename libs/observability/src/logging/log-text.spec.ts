import { describe, expect, it } from 'vitest';
import { cutBytes, escapeControls, redactSecrets } from './log-text.js';

describe('cutBytes', () => {
  it('leaves what fits', () => {
    expect(cutBytes('ä'.repeat(5), 10)).toBe('ä'.repeat(5));
  });

  it.each([9, 10, 11, 12])('stays within %i bytes and cuts no character in two', (limit) => {
    const cut = cutBytes('äöüß😀😀😀', limit);

    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(limit);
    expect(cut).toMatch(/^[äöüß😀]+…$/u);
  });
});

describe('redactSecrets', () => {
  it('masks credentials in URLs', () => {
    expect(redactSecrets('cannot parse redis://bob:hunter2@db:6379/0')).toBe('cannot parse redis://***@db:6379/0');
  });

  it('hides the arguments of a command that Redis does not know', () => {
    const message = "ERR unknown command 'AUTH', with args beginning with: 'hunter2' \nnext line";

    expect(redactSecrets(message)).toBe("ERR unknown command 'AUTH', with args beginning with: ***\nnext line");
  });
});

describe('escapeControls', () => {
  it('makes one harmless line of anything', () => {
    expect(escapeControls('a\u001b[31mb\nc\u009b\u202ed')).toBe('a\\u001b[31mb\\u000ac\\u009b\\u202ed');
  });
});
