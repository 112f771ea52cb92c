import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SCRIPTS } from '@app/testing';
import { describe, expect, it } from 'vitest';
import { MODEL_ROWS } from './model-rows.mjs';

const docs = join(import.meta.dirname, '../docs');
const page = readFileSync(join(docs, 'model/README.md'), 'utf8');
const models = readdirSync(join(docs, 'model'))
  .filter((file) => file.endsWith('.pml'))
  .map((file) => ({ model: file.slice(0, -4), text: readFileSync(join(docs, 'model', file), 'utf8') }));

describe.each(models)('docs/model/$model.pml', ({ model, text }) => {
  const rows = MODEL_ROWS.filter((row) => row.model === model);
  const flags = flagsOf(text);

  it('stands for scripts that exist, and the page names the same ones', () => {
    const named = scriptsNamedIn(text);

    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !(name in SCRIPTS))).toEqual([]);
    expect(scriptsOnPage(model)).toEqual(named);
  });

  it('cites rules that docs/architecture.md has', () => {
    const rules = [...readFileSync(join(docs, 'architecture.md'), 'utf8').matchAll(/^\| (\d+) +\|/gm)];
    const known = new Set(rules.map(([, number]) => number));
    const cited = [...text.matchAll(/\brules? (\d+)(?:(?: to | and )(\d+))?|WITHOUT_RULE_(\d+)/g)].flatMap(
      ([, from, to, left]) => [from, to, left].filter((number) => number !== undefined),
    );

    expect(cited.filter((number) => !known.has(number))).toEqual([]);
  });

  it('is run with flags that it knows', () => {
    const unknown = rows.flatMap((row) => row.flags.map(nameOf)).filter((flag) => !flags.includes(flag));

    expect(unknown).toEqual([]);
  });

  it('is run whole, and without each thing that can be left out of it', () => {
    const left = flags.filter((flag) => flag.startsWith('WITHOUT_'));

    expect(rows.some(({ expects, isShort }) => expects === 'no flaw' && isShort)).toBe(true);
    expect(left.length).toBeGreaterThan(0);
    for (const flag of left) {
      expect(rows.filter(({ expects, flags }) => expects !== 'no flaw' && flags.includes(flag))).toHaveLength(1);
    }
  });
});

describe('docs/model/README.md', () => {
  it('has a row for every run, and no other', () => {
    const named = [...page.matchAll(/^\| `([a-z0-9-]+)` /gm)].map(([, name = '']) => name);

    expect(named.toSorted()).toEqual(MODEL_ROWS.map(({ name }) => name).toSorted());
  });

  it('names only flags that a model has', () => {
    const words = [...page.matchAll(/`([A-Z][A-Z0-9_]+)(?:=\d+)?`/g)].map(([, word]) => word!);
    const named = words.filter((word) => word !== 'LOST'); // what a script answers
    const all = new Set(models.flatMap(({ text }) => flagsOf(text)));

    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((flag) => !all.has(flag))).toEqual([]);
  });
});

describe('the runs of npm run model', () => {
  it('have names of their own, and a model', () => {
    expect(new Set(MODEL_ROWS.map(({ name }) => name)).size).toBe(MODEL_ROWS.length);
    expect(MODEL_ROWS.filter((row) => !models.some(({ model }) => model === row.model))).toEqual([]);
  });
});

/** What `-D` can switch on or set. */
function flagsOf(text: string): string[] {
  const asked = [...text.matchAll(/^#(?:ifn?def|if|elif) (.+)$/gm)].flatMap(([, condition = '']) =>
    condition.replaceAll('defined', '').match(/\w+/g),
  );
  return [...new Set(asked.filter((name) => name !== null))];
}

function nameOf(flag: string): string {
  return flag.split('=')[0]!;
}

/** A comment above a step begins with the scripts that it stands for: `advance, fail: …`. */
function scriptsNamedIn(text: string): string[] {
  const heads = [...text.matchAll(/\/\* ([a-z-]+(?:, [a-z-]+)*)(?::| \*\/)/g)];
  return [...new Set(heads.flatMap(([, names = '']) => names.split(', ')))].toSorted();
}

/** The line `| [core](core.pml) | … | advance, fail |` of the first table. */
function scriptsOnPage(model: string): string[] {
  const [, scripts = ''] =
    new RegExp(`^\\| \\[${model}\\]\\(${model}\\.pml\\) .*\\| ([^|]+?) *\\|$`, 'm').exec(page) ?? [];
  return scripts.split(', ').toSorted();
}
