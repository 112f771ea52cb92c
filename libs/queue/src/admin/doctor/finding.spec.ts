import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHECK_NAMES, isHealthy, type Finding, type Severity } from './finding.js';

const page = readFileSync(new URL('../../../../../docs/cli.md', import.meta.url), 'utf8');

describe('the findings of the doctor', () => {
  it('are explained in docs/cli.md, every one and no other', () => {
    const section = page.slice(page.indexOf('### doctor\n'));
    const table = section.slice(0, section.indexOf('\n### ', 1));
    const rows = [...table.matchAll(/^\| `(?<name>[a-z-]+)`/gm)].map(({ groups }) => groups!['name']);

    expect(rows).toHaveLength(CHECK_NAMES.length);
    expect(new Set(rows)).toEqual(new Set(CHECK_NAMES));
  });

  it.each<[Severity[], boolean]>([
    [[], true],
    [['note'], true],
    [['note', 'warning'], false],
    [['error'], false],
  ])('%j: healthy is %s', (severities, healthy) => {
    expect(isHealthy(severities.map((severity) => ({ severity }) as Finding))).toBe(healthy);
  });
});
