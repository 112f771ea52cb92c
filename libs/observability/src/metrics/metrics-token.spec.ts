import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MetricsToken } from './metrics-token.js';

const folder = mkdtempSync(join(tmpdir(), 'metrics-token-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('MetricsToken', () => {
  it('demands nothing without a file', () => {
    expect(MetricsToken.read('').accepts(undefined)).toBe(true);
  });

  it.each([
    ['Bearer s3cret', true],
    ['bearer  s3cret ', true],
    ['Bearer s3cre', false],
    ['Bearer', false],
    ['Basic s3cret', false],
    [undefined, false],
  ])('takes %j: %s', (header, accepted) => {
    const token = MetricsToken.read(tokenFile('s3cret\n'));

    expect(token.accepts(header)).toBe(accepted);
  });

  it('refuses an empty file, which would open the door', () => {
    expect(() => MetricsToken.read(tokenFile(' \n'))).toThrow(/observability\.bearer_token_file: .* is empty/);
  });

  it('names the setting when the file is not there', () => {
    expect(() => MetricsToken.read('/no/such/token')).toThrow(
      'observability.bearer_token_file: cannot read /no/such/token (ENOENT)',
    );
  });
});

function tokenFile(text: string): string {
  const file = join(folder, 'token');
  writeFileSync(file, text);
  return file;
}
