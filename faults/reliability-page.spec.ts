import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { replaceMarked } from '../scripts/generated-docs.js';
import type { SuiteResult } from './fault-result.js';
import { markdownTable, runSentence } from './result-table.js';
import { ROWS } from './rows.js';

// A page that differs from the recorded run fails here; `npm run docs` (vitest -u) writes it anew.

const pathOf = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));
const read = (file: string) => readFileSync(pathOf(file), 'utf8');

describe('docs/reliability.md', () => {
  const page = 'docs/reliability.md';
  const recorded = JSON.parse(read('faults/recorded.json')) as SuiteResult;

  it('has the figures of the recorded run', async () => {
    const text = replaceMarked(read(page), 'faults', `${runSentence(recorded)}\n\n${markdownTable(recorded)}`);

    const style = await resolveConfig(pathOf(page));
    await expect(await format(text, { ...style, filepath: page })).toMatchFileSnapshot(pathOf(page));
  });

  it('has a row for every fault the suite knows, and none failed', () => {
    expect(recorded.rows.map(({ id }) => id)).toEqual(Object.keys(ROWS));
    expect(recorded.rows.filter(({ verdict }) => verdict === 'fail' || verdict === 'not run')).toEqual([]);
  });
});
